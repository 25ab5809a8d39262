import type { Random } from '../random'

/** Generates ids in the formats of AWS, the same for the same seed. */
export class Ids {
  private addresses = 0

  constructor(private readonly random: Random) {}

  hex(length: number): string {
    let text = ''
    while (text.length < length) {
      text += Math.floor(this.random.next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0')
    }
    return text.slice(0, length)
  }

  deployment(): string {
    return `ecs-svc/${String(this.random.integer(1e9, 9e9))}${String(this.random.integer(1e8, 9e8))}`
  }

  uuid(): string {
    return [8, 4, 4, 4, 12].map((length) => this.hex(length)).join('-')
  }

  /** Unique for the first 16 million. */
  privateIp(): string {
    const number = ++this.addresses
    return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
  }
}
