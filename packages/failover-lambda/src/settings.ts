/** An environment variable of the function. */
export interface Variable {
  readonly description: string
  /** What it is where it is not set, or set to nothing. One without must be set. */
  readonly default?: string
}

const table = {
  TABLE_NAME: {
    description: 'DynamoDB table with an item for each pair (key `pair`, index `open` on `open`)',
  },
  QUEUE_URL: { description: 'The queue that feeds the function, for looks that are wanted later' },
  CLUSTERS: {
    description: 'Names of the ECS clusters that the sweep looks through, parted by spaces',
  },
  TOPIC_ARN: {
    description: 'SNS topic for what somebody must be told. Empty: told in the log only',
    default: '',
  },
  SPOT_PROVIDERS: {
    description: 'Names of the capacity providers that are Spot, parted by spaces',
    default: 'FARGATE_SPOT',
  },
  SPOT_GROUPS: {
    description: 'Auto Scaling groups of Spot providers, as `group=provider`, parted by spaces',
    default: '',
  },
  GRACE_SECONDS: {
    description: 'How long a task may wait for an instance before that counts as a shortage',
    default: '60',
  },
  CALLS_PER_SECOND: {
    description: 'ECS calls a second, of the limit that the account shares',
    default: '20',
  },
  CALLS_BURST: { description: 'ECS calls at once', default: '40' },
} satisfies Readonly<Record<string, Variable>>

export type VariableName = keyof typeof table

/** All of them: what is set, what is said of one that is missing, and the table in the README. */
export const variables: Readonly<Record<VariableName, Variable>> = table

export interface Settings {
  readonly tableName: string
  readonly queueUrl: string
  readonly topicArn: string
  readonly clusters: readonly string[]
  readonly spotProviders: ReadonlySet<string>
  /** The provider of each Auto Scaling group. */
  readonly spotGroups: ReadonlyMap<string, string>
  readonly graceSeconds: number
  readonly callsPerSecond: number
  readonly callsBurst: number
}

/** Reads the variables. Throws, when the function starts and not in the middle of a shortage, where one is wrong. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const problems: string[] = []
  const text = (name: VariableName) => {
    const { description, default: otherwise } = variables[name]
    const value = environment[name] || otherwise
    if (value === undefined) problems.push(`${name}: must be set; it is: ${description}`)
    return value ?? ''
  }
  const number = (name: VariableName) => {
    const value = text(name)
    if (!(Number(value) > 0)) problems.push(`${name}: must be a number above 0; got ${value}`)
    return Number(value)
  }
  const words = (name: VariableName) => text(name).split(/\s+/).filter(Boolean)
  const groups = words('SPOT_GROUPS').map((word) => {
    const [group = '', provider = ''] = word.split('=')
    if (group === '' || provider === '') {
      problems.push(`SPOT_GROUPS: must be of the form group=provider; got ${word}`)
    }
    return [group, provider] as const
  })
  const settings: Settings = {
    tableName: text('TABLE_NAME'),
    queueUrl: text('QUEUE_URL'),
    topicArn: text('TOPIC_ARN'),
    clusters: words('CLUSTERS'),
    spotProviders: new Set(words('SPOT_PROVIDERS')),
    spotGroups: new Map(groups),
    graceSeconds: number('GRACE_SECONDS'),
    callsPerSecond: number('CALLS_PER_SECOND'),
    callsBurst: number('CALLS_BURST'),
  }
  if (problems.length > 0)
    throw new Error(`the function is not set up right:\n${problems.join('\n')}`)
  return settings
}
