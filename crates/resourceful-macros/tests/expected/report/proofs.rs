const _: () = {
    ::core::assert!(
        ::resourceful::__private::assert::has_thumbnails:: < ::core::option::Option <
        FileRef > > () == true,
        "`thumbs` needs the feature `thumbnails` of resourceful; turn it on in Cargo.toml"
    );
    ::core::assert!(
        ::resourceful::__private::assert::is_file:: < Alias > () == true,
        "a file has the type `Option<FileRef>`: a row exists before its file is uploaded"
    );
};
