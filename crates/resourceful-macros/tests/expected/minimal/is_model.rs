const _: ::core::option::Option<::resourceful::__private::assert::Model<Tag>> = ::core::option::Option::None;
