import type { PolicyStatement } from '@tideway/constructs/parts'
import permissions from '@tideway/failover-lambda/permissions.json'

/** The ARNs that replace the resource names of permissions.json. */
export interface Grantable {
  readonly clusterArn: string
  readonly clusterName: string
  /** `region:account` */
  readonly regionAndAccount: string
  readonly tableArn: string
  /** The queue that feeds the handler. */
  readonly queueArn: string
  readonly topicArn: string
  /** ARNs, or patterns of them, of the target groups of covered services. */
  readonly targetGroupArns: readonly string[]
  /** The roles in the task definitions of covered services, which the controller sets on standbys. */
  readonly taskRoleArns: readonly string[]
}

/** A statement of permissions.json, with a resource name in place of ARNs. */
interface Listed {
  readonly Sid: string
  readonly Action: readonly string[]
  readonly On: string
  readonly Condition?: NonNullable<PolicyStatement['Condition']>
}

// The compiler infers one condition type with the operators of all statements, so it is cast.
const lists = permissions as Readonly<Record<keyof typeof permissions, readonly Listed[]>>

/** ECS restricts these actions by a condition only. They take no resource. */
const restrictedByCondition = ['ecs:ListServices', 'ecs:ListTasks']

/** The statements of a handler's role: permissions.json, which is tested against the calls it makes, with ARNs. */
export function grantsOf(handler: keyof typeof permissions, of: Grantable): PolicyStatement[] {
  return lists[handler].flatMap(({ Sid, Action, On, ...condition }): PolicyStatement[] => {
    if (On !== 'cluster') {
      const Resource = resourcesOf(On, of)
      // Tasks may have no roles or no target groups, and AWS rejects a statement without resources.
      return Resource.length === 0 ? [] : [{ Sid, Action, Resource, ...condition }]
    }
    const listed = Action.filter((action) => restrictedByCondition.includes(action))
    const named = Action.filter((action) => !restrictedByCondition.includes(action))
    return [
      {
        Sid,
        Action: named,
        Resource: [
          of.clusterArn,
          ...['container-instance', 'service', 'task'].map(
            (kind) => `arn:aws:ecs:${of.regionAndAccount}:${kind}/${of.clusterName}/*`,
          ),
        ],
      },
      ...(listed.length === 0
        ? []
        : [
            {
              Sid: `${Sid}InLists`,
              Action: listed,
              Resource: '*', // see restrictedByCondition
              Condition: { ArnEquals: { 'ecs:cluster': of.clusterArn } },
            },
          ]),
    ]
  })
}

function resourcesOf(on: string, of: Grantable): string | string[] {
  switch (on) {
    case '*':
      return '*' // the Describe actions of load balancing take no resource
    case 'services of the cluster':
      return `arn:aws:ecs:${of.regionAndAccount}:service/${of.clusterName}/*`
    case 'roles of tasks':
      return [...of.taskRoleArns]
    case 'table and its index':
      return [of.tableArn, `${of.tableArn}/index/*`]
    case 'queue':
      return of.queueArn
    case 'topic':
      return of.topicArn
    case 'target groups of the cluster':
      return oneOrMore(of.targetGroupArns)
    default:
      throw new Error(
        `permissions.json: the resource must be one that grants.ts defines; got "${on}". Add it to resourcesOf in grants.ts.`,
      )
  }
}

function oneOrMore(values: readonly string[]): string | string[] {
  const [value] = values
  return values.length === 1 && value !== undefined ? value : [...values]
}
