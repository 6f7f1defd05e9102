const _: ::core::option::Option<::resourceful::__private::assert::Model<Visit>> = ::core::option::Option::None;
