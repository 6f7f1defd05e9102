const _: () = {
    ::core::assert!(
        ::resourceful::__private::assert::has_thumbnails:: < __ResourceReport_paper > ()
        == true,
        "`thumbs` needs the feature `thumbnails` of resourceful; turn it on in Cargo.toml"
    );
    ::core::assert!(
        ::resourceful::__private::assert::is_file:: < __ResourceReport_other > () ==
        true,
        "a file has the type `Option<FileRef>`: a row exists before its file is uploaded"
    );
};
