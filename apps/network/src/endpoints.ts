import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group'
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint'
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface EndpointsProps {
  readonly vpcId: string
  readonly privateIds: readonly string[]
  readonly privateRouteTableIds: readonly string[]
  readonly endpointZones: number
}

/** What tasks call from the private subnets: pulls, logs, secrets and the ECS agent stay inside the VPC, and off the NAT's bill. */
const interfaceServices = [
  'ecr.api',
  'ecr.dkr',
  'ecs',
  'ecs-agent',
  'ecs-telemetry',
  'logs',
  'secretsmanager',
  'sqs',
  'ssm',
  'sts',
]

/** Private ways to the services of AWS. */
export class Endpoints extends Construct {
  readonly securityGroupId: string
  readonly s3PrefixListId: string
  readonly dynamodbPrefixListId: string

  constructor(scope: Construct, id: string, props: EndpointsProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { environment } = stack
    const { vpcId } = props
    const tags = (service: string) => ({ Name: `tideway-${environment.name}-${service}` })
    const serviceName = (service: string) => `com.amazonaws.${environment.region}.${service}`

    const gateway = (service: string) =>
      new VpcEndpoint(this, service, {
        vpcId,
        serviceName: serviceName(service),
        vpcEndpointType: 'Gateway',
        routeTableIds: [...props.privateRouteTableIds],
        tags: tags(service),
      }).prefixListId
    this.s3PrefixListId = gateway('s3')
    this.dynamodbPrefixListId = gateway('dynamodb')

    const group = new SecurityGroup(this, 'security-group', {
      name: nameOf(environment, 'aws_security_group', 'endpoints', this.node.path),
      description: 'Interface endpoints: reached by HTTPS from inside the VPC, reaching nothing',
      vpcId,
      tags: tags('endpoints'),
    })
    new VpcSecurityGroupIngressRule(this, 'https-from-vpc', {
      securityGroupId: group.id,
      description: 'HTTPS from the VPC',
      cidrIpv4: environment.vpcCidr,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
    })
    for (const service of interfaceServices) {
      new VpcEndpoint(this, service.replace('.', '-'), {
        vpcId,
        serviceName: serviceName(service),
        vpcEndpointType: 'Interface',
        // Clients then use the usual host names and need no setting.
        privateDnsEnabled: true,
        subnetIds: props.privateIds.slice(0, props.endpointZones),
        securityGroupIds: [group.id],
        tags: tags(service),
      })
    }
    this.securityGroupId = group.id
  }
}
