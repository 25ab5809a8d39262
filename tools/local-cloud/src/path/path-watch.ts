import type { AwsRequest } from '../gateway/aws-request'
import type { DeployedPath } from './deployed-path'

export interface PathWatchProps {
  /** Reads what changes of these services may affect. */
  readonly read: (services: ReadonlySet<string>) => Promise<DeployedPath>
  readonly onPath: (path: DeployedPath) => void
  readonly onFailure: (error: Error) => void
}

/** Services whose changes always affect the path. */
const services = new Set([
  'acm',
  'cloudfront',
  'codedeploy',
  'elasticloadbalancing',
  'route53',
  'wafv2',
])

/** Whether a change of an AWS service may affect the path of requests. */
function affectsPath({ service, operation, url }: AwsRequest): boolean {
  switch (service) {
    case 'ec2':
      return operation.includes('SecurityGroup') || operation.includes('PrefixList')
    case 'ecs':
      return operation.endsWith('Service')
    case 's3':
      return !url.includes('.tfstate')
    default:
      return services.has(service)
  }
}

/** Keeps the path of requests as deployed, while calls change it. */
export class PathWatch {
  private readonly changed = new Set<string>()
  private reading: Promise<void> | undefined

  constructor(private readonly props: PathWatchProps) {}

  /** @param request a successful call that may have changed something */
  noteChange(request: AwsRequest): void {
    if (!affectsPath(request)) return
    this.changed.add(request.service)
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined
    })
  }

  /** Resolves when all changes so far have been read. */
  async settle(): Promise<void> {
    await this.reading
  }

  private async readAll(): Promise<void> {
    while (this.changed.size > 0) {
      // Terraform makes many changes at once.
      await new Promise((resolve) => setTimeout(resolve, 50))
      const services = new Set(this.changed)
      this.changed.clear()
      await this.props.read(services).then(this.props.onPath, this.props.onFailure)
    }
  }
}
