const _: () = {
    ::resourceful::__private::assert::id_type::<__ResourceArticle_id>();
    ::core::assert!(
        ::resourceful::__private::assert::is_text:: < __ResourceArticle_id > () == false,
        "this id is text, which is given when a row is created; write its type as `String`, so that `Create` has the field"
    );
};
