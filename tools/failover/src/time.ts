/** The time of AWS, from the Date header of its responses. In the local cloud that is the simulated time. */
export class AwsTime {
  private last: { readonly aws: number; readonly at: number } | undefined

  constructor(private readonly local: () => number = Date.now) {}

  note(milliseconds: number): void {
    this.last = { aws: milliseconds, at: this.local() }
  }

  /** @param call any call, if none has answered yet */
  async now(call: () => Promise<unknown>): Promise<number> {
    if (this.last === undefined) await call()
    // An endpoint without the header has the time of this machine.
    if (this.last === undefined) return this.local()
    return this.last.aws + this.local() - this.last.at
  }
}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** The seconds of a text such as `90s`, `30m`, `2h` or `7d`. */
export function secondsIn(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (number === undefined || Number(number) === 0) return undefined
  return Number(number) * units[unit as keyof typeof units]
}

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** `2026-11-22 08:15:00Z`. */
export function moment(milliseconds: number): string {
  return new Date(milliseconds)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
}
