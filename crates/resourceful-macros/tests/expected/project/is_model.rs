const _: ::core::option::Option<::resourceful::__private::assert::Model<Project>> = ::core::option::Option::None;
