import { hasExpression, isObject, isStrings, type Problem } from '@tideway/constructs'
import { actionsWithoutResource } from '@tideway/constructs/iam-actions'
import { problemUnless } from './values'

/** A statement of the task role. */
export interface Permission {
  /** Complete names of actions. */
  readonly actions: readonly `${string}:${string}`[]
  /**
   * ARNs. `{region}`, `{account}` and `{environment}` are replaced, also in conditions. A `*` may end the name of a resource, but not replace it.
   * @default none: for actions that AWS cannot limit to a resource
   */
  readonly resources?: readonly `arn:${string}`[]
  /** Conditions of IAM: values by key, by operator. @default none */
  readonly conditions?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >
}

export interface PermissionFields {
  /**
   * What the tasks may call besides their own resources and those in `uses`.
   * @default nothing
   * @example permissions: [{ actions: ['ses:SendEmail'], resources: ['arn:aws:ses:{region}:{account}:identity/example.com'] }]
   */
  readonly permissions?: readonly Permission[]
}

/** Services whose resources begin with their name. In others, a type comes before it: `table/orders`. */
const withoutType = ['execute-api', 's3', 'sns', 'sqs']

/** The permissions boundary of all roles denies these services, except iam:PassRole, which a task does not need. */
const outsideOfBoundary = ['account', 'iam', 'organizations']

export function permissionProblems(path: string, { permissions }: PermissionFields): Problem[] {
  const at = `${path}.permissions`
  if (permissions === undefined) return []
  if (!Array.isArray(permissions)) {
    return [{ path: at, must: 'be a list of permissions', got: permissions, fix: 'Write [...].' }]
  }
  return (permissions as readonly unknown[]).flatMap((permission, index) =>
    problemsOf(`${at}[${index}]`, permission),
  )
}

function problemsOf(path: string, permission: unknown): Problem[] {
  if (!isObject(permission)) {
    const must = 'be an object with actions, resources and conditions'
    return [{ path, must, got: permission, fix: 'Write it like the example in the README.' }]
  }
  const { actions, resources, conditions } = permission
  return [
    ...actionProblems(`${path}.actions`, actions),
    ...(resources === undefined
      ? withoutResourceProblems(`${path}.resources`, actions)
      : resourceProblems(`${path}.resources`, resources)),
    ...conditionProblems(`${path}.conditions`, conditions, actions),
  ]
}

function actionProblems(path: string, actions: unknown): Problem[] {
  if (!isStrings(actions) || actions.length === 0) {
    const must = 'be a list of one action or more'
    return [{ path, must, got: actions, fix: "Name them, such as ['ses:SendEmail']." }]
  }
  return actions.flatMap((got): Problem[] => {
    if (!/^[a-z0-9-]+:[A-Za-z][A-Za-z0-9]*$/.test(got)) {
      const must = 'be complete names of actions, without * and ?'
      const fix = 'Name each action that the program calls, such as s3:GetObject.'
      return [{ path, must, got, fix }]
    }
    const [service = ''] = got.split(':')
    return problemUnless(!outsideOfBoundary.includes(service), {
      path,
      must: `not be of ${service}: a task must not change or pass on permissions`,
      got,
      fix: 'Remove it.',
    })
  })
}

function withoutResourceProblems(path: string, actions: unknown): Problem[] {
  const limited = isStrings(actions)
    ? actions.filter((action) => !actionsWithoutResource.includes(action))
    : []
  return limited.map((action) => ({
    path,
    must: `name the resources of ${action}: only actions that AWS cannot limit need none`,
    got: undefined,
    fix: 'Add their ARNs. If AWS documents no resources for it, add it to iam-actions.ts.',
  }))
}

function resourceProblems(path: string, resources: unknown): Problem[] {
  if (!isStrings(resources) || resources.length === 0) {
    const must = 'be a list of one ARN or more'
    const fix = 'Name them, or remove the field for actions that AWS cannot limit.'
    return [{ path, must, got: resources, fix }]
  }
  return resources.flatMap((got) => {
    const must = arnConstraint(got)
    const fix = 'Write it like arn:aws:s3:::my-bucket/* or arn:aws:sqs:{region}:{account}:my-queue.'
    return must === undefined ? [] : [{ path, must, got, fix }]
  })
}

function arnConstraint(arn: string): string | undefined {
  if (hasExpression(arn)) return 'contain no ${ or %{: Terraform would evaluate it'
  const unknown = [...arn.matchAll(/\{(\w*)\}/g)].map(([, name]) => name ?? '')
  if (!unknown.every((name) => placeholders.includes(name))) {
    return `contain only the placeholders ${placeholders.map((name) => `{${name}}`).join(', ')}`
  }
  const [, service = '', region = '', account = '', rest = ''] =
    /^arn:aws:([a-z0-9-]+):([^:]*):([^:]*):(\S+)$/.exec(arn) ?? []
  if (rest === '') return 'be ARNs: arn:aws:service:region:account:resource'
  if (/[*?]/.test(region + account)) return 'name the region and the account'
  // Without its type, such as `table/`.
  const name = withoutType.includes(service) ? rest : rest.replace(/^[\w-]+[/:]/, '')
  return /^[/:]*[*?]/.test(name) ? 'name a resource, not all of them' : undefined
}

const placeholders: readonly string[] = ['region', 'account', 'environment']

function conditionProblems(path: string, conditions: unknown, actions: unknown): Problem[] {
  const isMetric = isStrings(actions) && actions.includes('cloudwatch:PutMetricData')
  if (isMetric && !JSON.stringify(conditions ?? '').includes('"cloudwatch:namespace"')) {
    const must = 'limit cloudwatch:PutMetricData to a namespace, which is the only limit it has'
    const fix = "Add { StringEquals: { 'cloudwatch:namespace': 'MyService' } }."
    return [{ path, must, got: conditions, fix }]
  }
  if (conditions === undefined) return []
  const isValid =
    isObject(conditions) &&
    !hasExpression(JSON.stringify(conditions)) &&
    Object.values(conditions).every(
      (keys: unknown) =>
        isObject(keys) && Object.values(keys).every((value) => isStrings([value].flat())),
    )
  if (isValid) return []
  const must = 'be strings by key, by operator, without ${ and %{'
  const fix = "Write them like { StringEquals: { 'ses:FromAddress': 'shop@example.com' } }."
  return [{ path, must, got: conditions, fix }]
}
