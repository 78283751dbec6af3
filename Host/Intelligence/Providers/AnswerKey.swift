import Crypto
import HostPluginCalls

/// Everything that an answer depends on, as one word: a cached answer serves the same question of the same chain, and no other.
enum AnswerKey {
  static func of(_ prompt: Prompt, chain: String) -> String {
    var hash = SHA256()
    // Each part with its length: no two questions run together into the same bytes.
    for part in [chain, prompt.system, prompt.text] {
      withUnsafeBytes(of: UInt64(part.utf8.count).littleEndian) { hash.update(bufferPointer: $0) }
      hash.update(data: Array(part.utf8))
    }
    let temperature = prompt.temperature?.bitPattern ?? .max
    for number in [UInt64(prompt.maxOutputTokens), temperature] {
      withUnsafeBytes(of: number.littleEndian) { hash.update(bufferPointer: $0) }
    }
    return hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
