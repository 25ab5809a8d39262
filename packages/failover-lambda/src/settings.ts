/** An environment variable of the function. */
export interface Variable {
  readonly description: string
  /** The value if the variable is missing or empty. A variable without a default must be set. */
  readonly default?: string
}

const table = {
  TABLE_NAME: {
    description: 'DynamoDB table with an item for each pair (key `pair`, index `open` on `open`)',
  },
  QUEUE_URL: { description: 'The queue that feeds the function, for delayed messages' },
  CLUSTERS: {
    description: 'Names of the ECS clusters that the sweep covers, space-separated',
  },
  TOPIC_ARN: {
    description: 'SNS topic for notifications. Empty: no notifications',
    default: '',
  },
  SPOT_PROVIDERS: {
    description: 'Names of the Spot capacity providers, space-separated',
    default: 'FARGATE_SPOT',
  },
  SPOT_GROUPS: {
    description:
      'Auto Scaling groups of Spot capacity providers, as `group=provider`, space-separated',
    default: '',
  },
  GRACE_SECONDS: {
    description: 'How long a task can wait for an instance before that counts as a shortage',
    default: '30',
  },
  MAX_COVER_DOLLARS_PER_HOUR: {
    description: 'Maximum price of all standby tasks. Empty: unlimited',
    default: '',
  },
  CALLS_PER_SECOND: {
    description: 'ECS calls per second. The account shares one limit',
    default: '20',
  },
  WRITES_PER_SECOND: {
    description: 'UpdateService calls per second. Empty: they share `CALLS_PER_SECOND`',
    default: '',
  },
  CALLS_BURST: { description: 'ECS calls in a burst', default: '40' },
} satisfies Readonly<Record<string, Variable>>

export type VariableName = keyof typeof table

/** The one source for deployment, error messages and the table in the README. */
export const variables: Readonly<Record<VariableName, Variable>> = table

export interface Settings {
  readonly tableName: string
  readonly queueUrl: string
  readonly topicArn: string
  readonly clusters: readonly string[]
  readonly spotProviders: ReadonlySet<string>
  /** The capacity provider of each Auto Scaling group. */
  readonly spotGroups: ReadonlyMap<string, string>
  readonly graceSeconds: number
  /** Infinity if unlimited. */
  readonly maxCoverPrice: number
  readonly callsPerSecond: number
  /** Undefined if writes share the rate of the other calls. */
  readonly writesPerSecond: number | undefined
  readonly callsBurst: number
}

/** Reads the variables. Throws for an invalid one when the function starts, not in the middle of a shortage. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const problems: string[] = []
  const text = (name: VariableName) => {
    const { description, default: defaultValue } = variables[name]
    const value = environment[name] || defaultValue
    if (value === undefined) problems.push(`${name}: must be set: ${description}`)
    return value ?? ''
  }
  const number = (name: VariableName) => {
    const value = text(name)
    if (!(Number(value) > 0)) problems.push(`${name}: must be a number above 0; got ${value}`)
    return Number(value)
  }
  const optionalNumber = (name: VariableName) => (text(name) === '' ? undefined : number(name))
  const list = (name: VariableName) => text(name).split(/\s+/).filter(Boolean)
  const groups = list('SPOT_GROUPS').map((item) => {
    const [group = '', provider = ''] = item.split('=')
    if (group === '' || provider === '') {
      problems.push(`SPOT_GROUPS: must be of the form group=provider; got ${item}`)
    }
    return [group, provider] as const
  })
  const settings: Settings = {
    tableName: text('TABLE_NAME'),
    queueUrl: text('QUEUE_URL'),
    topicArn: text('TOPIC_ARN'),
    clusters: list('CLUSTERS'),
    spotProviders: new Set(list('SPOT_PROVIDERS')),
    spotGroups: new Map(groups),
    graceSeconds: number('GRACE_SECONDS'),
    maxCoverPrice: optionalNumber('MAX_COVER_DOLLARS_PER_HOUR') ?? Number.POSITIVE_INFINITY,
    callsPerSecond: number('CALLS_PER_SECOND'),
    writesPerSecond: optionalNumber('WRITES_PER_SECOND'),
    callsBurst: number('CALLS_BURST'),
  }
  if (problems.length > 0) throw new Error(`invalid environment variables:\n${problems.join('\n')}`)
  return settings
}
