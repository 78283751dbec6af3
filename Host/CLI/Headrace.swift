@main struct Headrace { static func main() {} }
