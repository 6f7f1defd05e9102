const _: ::core::option::Option<::resourceful::__private::assert::Model<Part>> = ::core::option::Option::None;
