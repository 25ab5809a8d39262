import type { AwsRequest } from '../gateway/aws-request'

/** What a simulation cannot take in while it runs. */
const services = new Set(['ecs', 'elasticloadbalancing'])
const operations = /^(Create|Delete)(Service|TargetGroup)$/

/** Notices deploys that add or remove services and target groups, so that a new simulation reads them. */
export class DeployWatch {
  /** Starts a new simulation. It must not reject. */
  onOutdated: () => Promise<void> = async () => {}
  private isOutdated = false
  private reading = Promise.resolve()

  /** @param request a successful call that may have changed something */
  noteChange({ service, operation }: AwsRequest): void {
    this.isOutdated ||= services.has(service) && operations.test(operation)
  }

  /** A simulation reads now what is deployed. */
  noteRead(): void {
    this.isOutdated = false
  }

  /** Resolves when the changes of a deploy that has ended are simulated. */
  noteEnd(): Promise<void> {
    this.reading = this.reading.then(() => (this.isOutdated ? this.onOutdated() : undefined))
    return this.reading
  }
}
