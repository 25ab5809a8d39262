import type { EcsServiceConfig } from '@cdktf/provider-aws/lib/ecs-service'
import { type EcsServiceDefinition, portOf } from '../definition'
import { servedPortName } from './container-definition'
import type { ServiceProps } from './context'

/** How long the proxy waits for a response if it has no setting. */
const defaultTimeoutSeconds = 15

/** The Service Connect of a service and its standbys: a proxy in each task, and a name if it serves others. */
export function connectConfiguration({
  name,
  definition,
  context,
}: ServiceProps<EcsServiceDefinition>): Pick<EcsServiceConfig, 'serviceConnectConfiguration'> {
  const { connect, slowestRequestSeconds = 0 } = definition
  if (connect === undefined) return {}
  const isSlow = connect.serves !== 'tcp' && slowestRequestSeconds > defaultTimeoutSeconds
  return {
    serviceConnectConfiguration: {
      enabled: true,
      namespace: context.discovery.namespaceArn,
      ...(connect.serves !== undefined && {
        service: [
          {
            portName: servedPortName,
            // The name of the service itself is taken by its DNS records in this namespace.
            discoveryName: `${name}-connect`,
            clientAlias: { dnsName: name, port: portOf(definition) },
            ...(isSlow && { timeout: { perRequestTimeoutSeconds: slowestRequestSeconds } }),
          },
        ],
      }),
    },
  }
}
