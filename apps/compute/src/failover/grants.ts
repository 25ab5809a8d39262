import type { PolicyStatement } from '@tideway/constructs'
import permissions from '@tideway/failover-lambda/permissions.json'

/** What the words of the function's own list stand for in this stack. */
export interface Grantable {
  readonly clusterArn: string
  readonly clusterName: string
  /** `region:account` */
  readonly home: string
  readonly tableArn: string
  readonly queueArn: string
  readonly topicArn: string
  /** Of the covered services: a standby that follows a release is given its task definition, with the roles in it. */
  readonly taskRoleArns: readonly string[]
}

/** A statement of the list, with words in place of ARNs. */
interface Listed {
  readonly Sid: string
  readonly Action: readonly string[]
  readonly On: string
  readonly Condition?: NonNullable<PolicyStatement['Condition']>
}

// The compiler reads each condition as having the operators of all of them, undefined where they are not its own.
const lists = permissions as Readonly<Record<keyof typeof permissions, readonly Listed[]>>

/** ECS knows these by a condition only: the resource of the call is the cluster, and yet cannot be named. */
const knownByCondition = ['ecs:ListServices', 'ecs:ListTasks']

/** The statements of a handler's role: its own list, which is tested against the calls it makes, with ARNs. */
export function grantsOf(handler: keyof typeof permissions, of: Grantable): PolicyStatement[] {
  return lists[handler].flatMap(({ Sid, Action, On, ...condition }): PolicyStatement[] => {
    if (On !== 'cluster') return [{ Sid, Action, Resource: resourcesOf(On, of), ...condition }]
    const listed = Action.filter((action) => knownByCondition.includes(action))
    const named = Action.filter((action) => !knownByCondition.includes(action))
    return [
      {
        Sid,
        Action: named,
        Resource: [
          of.clusterArn,
          ...['container-instance', 'service', 'task'].map(
            (kind) => `arn:aws:ecs:${of.home}:${kind}/${of.clusterName}/*`,
          ),
        ],
      },
      ...(listed.length === 0
        ? []
        : [
            {
              Sid: `${Sid}InLists`,
              Action: listed,
              Resource: '*', // see knownByCondition
              Condition: { ArnEquals: { 'ecs:cluster': of.clusterArn } },
            },
          ]),
    ]
  })
}

function resourcesOf(on: string, of: Grantable): string | string[] {
  switch (on) {
    case '*':
      return '*' // AWS describes target groups and targets by no smaller resource
    case 'services of the cluster':
      return `arn:aws:ecs:${of.home}:service/${of.clusterName}/*`
    case 'roles of tasks':
      return [...of.taskRoleArns]
    case 'table and its index':
      return [of.tableArn, `${of.tableArn}/index/*`]
    case 'queue':
      return of.queueArn
    case 'topic':
      return of.topicArn
    case 'target groups of the cluster':
      return `arn:aws:elasticloadbalancing:${of.home}:targetgroup/tideway-*`
    default:
      throw new Error(
        `permissions.json of the function speaks of "${on}", which grants.ts does not know`,
      )
  }
}
