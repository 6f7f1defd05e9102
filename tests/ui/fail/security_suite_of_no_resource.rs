fn main() {}

resourceful::security_suite!(String);
