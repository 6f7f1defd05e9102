const _: ::core::option::Option<::resourceful::__private::assert::Model<Document>> = ::core::option::Option::None;
