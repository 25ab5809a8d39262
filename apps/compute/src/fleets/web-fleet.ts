import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group'
import { SpotFleetRequest } from '@cdktf/provider-aws/lib/spot-fleet-request'
import { AllowTraffic, nameOf, resourceName, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { reservedPriorities } from '../definition'
import { type ExternalAlb, healthCheck, OriginRule } from '../load-balancers'
import { FleetInstances, overEveryPool } from './fleet-instances'
import { spotFleetRole } from './spot-fleet-role'

export interface WebFleetProps {
  readonly vpcId: string
  /** Private subnets, one per zone. */
  readonly subnetIds: string[]
  readonly alb: ExternalAlb
  readonly instances: number
}

const port = 8080

/** Web servers on a Spot Fleet, behind the external load balancer under `/web-fleet`. */
export class WebFleet extends Construct {
  constructor(scope: Construct, id: string, props: WebFleetProps) {
    super(scope, id)
    const { alb, vpcId } = props
    const { environment, defaultTags } = tidewayStackOf(this)
    const targets = new LbTargetGroup(this, 'targets', {
      name: resourceName(this, 'aws_lb_target_group', 'web-fleet'),
      vpcId,
      targetType: 'instance',
      port,
      protocol: 'HTTP',
      // Within the two minutes of an interruption notice. The default is five.
      deregistrationDelay: '110',
      healthCheck,
    })
    new OriginRule(this, 'rule', {
      alb,
      priority: reservedPriorities.webFleet,
      conditions: [{ pathPattern: { values: ['/web-fleet', '/web-fleet/*'] } }],
      targetGroupArn: targets.arn,
      switchedBy: 'terraform',
    })
    const instances = new FleetInstances(this, 'instances', {
      name: 'web-fleet',
      vpcId,
      statements: [],
      firstBoot: { script: readFileSync(join(__dirname, 'web-server.sh'), 'utf8') },
    })
    new AllowTraffic(this, 'from-alb', {
      fromGroupId: alb.securityGroupId,
      toGroupId: instances.securityGroupId,
      port,
      description: 'External load balancer to the web fleet',
    })
    const role = spotFleetRole(new Construct(this, 'role'), {
      instanceRoleArn: instances.roleArn,
      targetGroupArn: targets.arn,
    })
    new SpotFleetRequest(this, 'fleet', {
      iamFleetRole: role.arn,
      fleetType: 'maintain',
      targetCapacity: props.instances,
      allocationStrategy: 'priceCapacityOptimized',
      launchTemplateConfig: [
        {
          launchTemplateSpecification: {
            id: instances.template.id,
            version: instances.template.latestVersion,
          },
          overrides: overEveryPool(props.subnetIds, environment.availabilityZones.length),
        },
      ],
      targetGroupArns: [targets.arn],
      replaceUnhealthyInstances: true,
      instanceInterruptionBehaviour: 'terminate',
      terminateInstancesOnDelete: 'true',
      terminateInstancesWithExpiration: true,
      // A Spot shortage must not fail a deploy.
      waitForFulfillment: false,
      tags: { ...defaultTags, Name: nameOf(environment, 'aws_launch_template', 'web-fleet', id) },
      dependsOn: [role.granted],
    })
  }
}
