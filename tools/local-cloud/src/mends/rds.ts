import { isFine, rewritten, text } from '../gateway/aws-answer'
import { type AwsAnswer, type AwsRequest, type Backend, formInput } from '../gateway/aws-request'
import type { ManagedSecrets } from './managed-secrets'
import type { Mend } from './mend'

/** What moto drops of an instance. */
const dropped = [
  'MonitoringInterval',
  'MonitoringRoleArn',
  'EnablePerformanceInsights',
  'PerformanceInsightsKMSKeyId',
  'PerformanceInsightsRetentionPeriod',
] as const

/**
 * RDS. moto drops monitoring and Performance Insights of an instance, and answers scaling of Serverless v1 for every
 * cluster. Can go when an Aurora cluster with monitored instances settles.
 */
export class Rds implements Mend {
  readonly service = 'rds'
  private readonly instances = new Map<string, Map<string, string>>()

  constructor(private readonly secrets: ManagedSecrets) {}

  async answer(request: AwsRequest, backend: Backend): Promise<AwsAnswer> {
    const answer = await backend(request)
    if (!isFine(answer)) return answer
    const { operation } = request
    if (operation === 'CreateDBInstance' || operation === 'ModifyDBInstance') this.keep(request)
    if (operation.includes('DBInstance')) {
      return rewritten(answer, (body) =>
        body.replace(/<DBInstance>[\s\S]*?<\/DBInstance>/g, (instance) => this.restored(instance)),
      )
    }
    return rewritten(answer, (body) =>
      this.secrets
        .ofClusters(body)
        .replace(
          /<ScalingConfigurationInfo ?\/>|<ScalingConfigurationInfo>[\s\S]*?<\/ScalingConfigurationInfo>/g,
          '',
        ),
    )
  }

  private keep(request: AwsRequest): void {
    const input = formInput(request)
    const id = input.get('DBInstanceIdentifier') ?? ''
    const kept = this.instances.get(id) ?? new Map<string, string>()
    this.instances.set(id, kept)
    for (const name of dropped) {
      const value = input.get(name)
      if (value !== null) kept.set(answeredAs(name), value)
    }
  }

  private restored(instance: string): string {
    const id = /<DBInstanceIdentifier>([^<]*)</.exec(instance)?.[1] ?? ''
    let restored = instance
    for (const [name, value] of this.instances.get(id) ?? []) {
      const element = `<${name}>${text(value)}</${name}>`
      restored = restored
        .replace(new RegExp(`<${name}>[^<]*</${name}>|<${name} ?/>`), '')
        .replace('</DBInstance>', `${element}</DBInstance>`)
    }
    return restored
  }
}

function answeredAs(name: string): string {
  return name === 'EnablePerformanceInsights' ? 'PerformanceInsightsEnabled' : name
}
