import type { Service } from './service'

/** A cluster and its services by name. */
export class Cluster {
  tags: Readonly<Record<string, string>> = {}
  private readonly byName = new Map<string, Service>()
  private names: string[] | undefined

  constructor(
    readonly name: string,
    readonly arn: string,
  ) {}

  add(service: Service): void {
    const before = this.byName.get(service.name)
    if (before !== undefined && before.status !== 'INACTIVE') {
      throw new Error(`the cluster ${this.name} already has a service ${service.name}`)
    }
    this.byName.set(service.name, service)
    this.names = undefined
  }

  /** @param reference a name, or an ARN of either form */
  find(reference: string): Service | undefined {
    return this.byName.get(reference.split('/').at(-1) ?? '')
  }

  get services(): IterableIterator<Service> {
    return this.byName.values()
  }

  /** A page of the services, without INACTIVE ones. */
  page(start: number, size: number): { readonly services: Service[]; readonly hasMore: boolean } {
    this.names ??= [...this.byName.keys()]
    const services = this.names
      .slice(start, start + size)
      .map((name) => this.byName.get(name) as Service)
      .filter(({ status }) => status !== 'INACTIVE')
    return { services, hasMore: start + size < this.names.length }
  }
}
