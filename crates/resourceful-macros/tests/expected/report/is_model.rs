const _: ::core::option::Option<::resourceful::__private::assert::Model<Report>> = ::core::option::Option::None;
