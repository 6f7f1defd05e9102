mod project_member_security {
    #[allow(unused_imports)]
    use super::*;
    fn test() {}
}
