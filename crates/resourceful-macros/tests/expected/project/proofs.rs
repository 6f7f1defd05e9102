const _: () = {};
