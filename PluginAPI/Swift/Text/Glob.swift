/// Matches names with patterns in which `*` stands for any characters.
public enum Glob {
  public static func matches(_ pattern: String, _ name: String) -> Bool {
    let pattern = Array(pattern.unicodeScalars)
    let name = Array(name.unicodeScalars)
    var (inPattern, inName) = (0, 0)
    // Where to go on if what follows the last star does not match.
    var retry: (pattern: Int, name: Int)?
    while inName < name.count {
      if inPattern < pattern.count, pattern[inPattern] == "*" {
        inPattern += 1
        retry = (inPattern, inName)
      } else if inPattern < pattern.count, pattern[inPattern] == name[inName] {
        inPattern += 1
        inName += 1
      } else if let (afterStar, start) = retry {
        (inPattern, inName) = (afterStar, start + 1)
        retry = (afterStar, start + 1)
      } else {
        return false
      }
    }
    return pattern[inPattern...].allSatisfy { $0 == "*" }
  }
}
