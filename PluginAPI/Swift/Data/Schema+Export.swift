import CArrow

extension Schema {
  /// Fills a schema of the receiver, which releases it.
  func export(to out: UnsafeMutablePointer<ArrowSchema>) {
    Field("", .structure(fields), isNullable: false, metadata: metadata).export(to: out)
  }
}

extension Field {
  /// Every node stands on memory of its own, since a receiver may move children out of their parent.
  func export(to out: UnsafeMutablePointer<ArrowSchema>) {
    let arena = Arena()
    var schema = ArrowSchema()
    schema.format = arena.cString(ArrowFormat.text(of: type))
    schema.name = arena.cString(name)
    schema.metadata = exportedMetadata(in: arena)
    schema.flags = exportedFlags
    let children = type.children.map { field in
      let child = arena.place(ArrowSchema())
      field.export(to: child)
      return Optional(child)
    }
    schema.n_children = Int64(children.count)
    schema.children = arena.array(children)
    if case .dictionary(_, let values, _) = type {
      let child = arena.place(ArrowSchema())
      Field("", values).export(to: child)
      schema.dictionary = child
    }
    schema.private_data = Unmanaged.passRetained(arena).toOpaque()
    schema.release = releaseSchema
    out.pointee = schema
  }

  private var exportedFlags: Int64 {
    var flags: Int64 = isNullable ? Int64(ARROW_FLAG_NULLABLE) : 0
    if case .map(_, true) = type { flags |= Int64(ARROW_FLAG_MAP_KEYS_SORTED) }
    if case .dictionary(_, _, true) = type { flags |= Int64(ARROW_FLAG_DICTIONARY_ORDERED) }
    return flags
  }

  private func exportedMetadata(in arena: Arena) -> UnsafePointer<CChar>? {
    var pairs = metadata
    if type == .uuid {
      pairs.append(Metadata(ArrowMetadata.extensionName, ArrowMetadata.uuid))
      pairs.append(Metadata(ArrowMetadata.extensionData, ""))
    }
    guard !pairs.isEmpty else { return nil }
    return arena.array(ArrowMetadata.encode(pairs)).map {
      UnsafePointer(UnsafeMutableRawPointer($0).assumingMemoryBound(to: CChar.self))
    }
  }
}

private func releaseSchema(_ pointer: UnsafeMutablePointer<ArrowSchema>?) {
  guard let pointer, pointer.pointee.release != nil else { return }
  for index in 0..<Int(pointer.pointee.n_children) {
    guard let child = pointer.pointee.children?[index], let release = child.pointee.release else { continue }
    release(child)
  }
  if let dictionary = pointer.pointee.dictionary, let release = dictionary.pointee.release { release(dictionary) }
  Released.once(pointer, \.private_data, \.release)
}
