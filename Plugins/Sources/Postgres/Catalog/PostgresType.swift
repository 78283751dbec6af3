/// A row of `pg_type`, as far as reading needs it.
struct PostgresType {
  var oid: UInt32
  var schema: String
  var name: String
  /// `typtype`: b base, c composite, d domain, e enum, r range, m multirange, p pseudo.
  var kind: Character
  /// A true array, whose binary form is that of `array_send`.
  var isArray: Bool
  /// Of an array, else 0.
  var element: UInt32
  /// Of a domain, else 0.
  var base: UInt32
  /// Of a domain: the type modifier that it gives its base, -1 for none.
  var baseModifier: Int32
  /// Of a domain over an array: as declared, which PostgreSQL does not enforce; 0 where nothing was.
  var dimensions = 0

  /// The name in SQL, whatever the search path.
  var sql: String { Identifier.quoted(schema) + "." + Identifier.quoted(name) }

  /// The identifiers of PostgreSQL's own types never change (`pg_type.dat`).
  enum OID {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int2vector: UInt32 = 22
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oidvector: UInt32 = 30
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let date: UInt32 = 1082
    static let time: UInt32 = 1083
    static let timestamp: UInt32 = 1114
    static let timestamptz: UInt32 = 1184
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802
  }
}
