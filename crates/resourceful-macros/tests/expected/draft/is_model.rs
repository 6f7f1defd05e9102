const _: ::core::option::Option<::resourceful::__private::assert::Model<Draft>> = ::core::option::Option::None;
