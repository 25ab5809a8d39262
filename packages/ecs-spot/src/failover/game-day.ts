import { FisExperimentTemplate } from '@cdktf/provider-aws/lib/fis-experiment-template'
import { contextOf, ServiceRole } from '@tideway/constructs/parts'
import { gameDay } from '@tideway/failover-lambda/game-day'
import { Construct } from 'constructs'

export interface GameDayProps {
  readonly clusterName: string
  /** The Auto Scaling groups on Spot. Instances carry the names of their groups as a tag of AWS. */
  readonly groupNames: readonly string[]
  /** Alarms that stop an experiment. AWS allows five. */
  readonly alarmArns: readonly string[]
}

const groupTag = 'aws:autoscaling:groupName'

/** The experiments with which a game day interrupts one Spot instance of a group. Nothing starts them but a game day. */
export class GameDay extends Construct {
  constructor(scope: Construct, id: string, props: GameDayProps) {
    super(scope, id)
    const { clusterName, groupNames, alarmArns } = props
    const { account, region, prefix } = contextOf(this)
    const role = new ServiceRole(this, 'failover-game-day', {
      service: 'fis.amazonaws.com',
      statements: [
        {
          Sid: 'FindInstances',
          Action: 'ec2:DescribeInstances',
          Resource: '*', // the action takes no resource
        },
        {
          Sid: 'InterruptSpotInstancesOfTheGroups',
          Action: 'ec2:SendSpotInstanceInterruptions',
          Resource: `arn:aws:ec2:${region}:${account}:instance/*`,
          Condition: { StringEquals: { [`aws:ResourceTag/${groupTag}`]: [...groupNames] } },
        },
      ],
    })
    // One for each group, so that an experiment is one instance, of a group that the game day names.
    for (const [index, group] of groupNames.entries()) {
      new FisExperimentTemplate(this, `template-${index}`, {
        description: `Game day of ${clusterName}: interrupts one Spot instance of ${group}`,
        roleArn: role.arn,
        target: [
          {
            name: 'instance',
            resourceType: 'aws:ec2:spot-instance',
            selectionMode: 'COUNT(1)',
            resourceTag: [{ key: groupTag, value: group }],
            filter: [{ path: 'State.Name', values: ['running'] }],
          },
        ],
        action: [
          {
            name: 'interrupt',
            actionId: 'aws:ec2:send-spot-instance-interruptions',
            // The shortest time: the two minutes of a notice.
            parameter: [{ key: 'durationBeforeInterruption', value: 'PT2M' }],
            target: { key: 'SpotInstances', value: 'instance' },
          },
        ],
        experimentOptions: {
          // The default of AWS, which a second plan would otherwise remove.
          accountTargeting: 'single-account',
          // The group may have no instance now.
          emptyTargetResolutionMode: 'skip',
        },
        stopCondition: alarmArns.map((value) => ({ source: 'aws:cloudwatch:alarm', value })),
        tags: {
          Name: `${prefix}-failover-game-day`,
          [gameDay.templateTag]: clusterName,
          [gameDay.groupTag]: group,
        },
        dependsOn: [role.granted],
      })
    }
  }
}
