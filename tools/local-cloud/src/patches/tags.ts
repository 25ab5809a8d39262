/** The tags of things that a patch keeps by itself, by ARN. */
export class TagStore {
  private readonly tags = new Map<string, Map<string, string>>()

  of(arn: string): ReadonlyMap<string, string> {
    return this.tags.get(arn) ?? new Map()
  }

  put(arn: string, tags: Iterable<readonly [key: string, value: string]>): void {
    const own = this.tags.get(arn) ?? new Map<string, string>()
    this.tags.set(arn, own)
    for (const [key, value] of tags) own.set(key, value)
  }

  remove(arn: string, keys: Iterable<string>): void {
    for (const key of keys) this.tags.get(arn)?.delete(key)
  }

  forget(arn: string): void {
    this.tags.delete(arn)
  }
}
