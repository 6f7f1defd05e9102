fn main() -> resourceful::Result<()> {
    async fn main() -> resourceful::Result<()> {
        run().await
    }
    ::resourceful::__private::block_on(main())
}
