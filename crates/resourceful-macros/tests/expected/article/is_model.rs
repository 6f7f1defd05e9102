const _: ::core::option::Option<::resourceful::__private::assert::Model<Article>> = ::core::option::Option::None;
