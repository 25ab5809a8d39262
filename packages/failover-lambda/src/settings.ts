/** The environment variables of the function: what a message says of one that is missing. */
export const variables = {
  TABLE_NAME: 'DynamoDB table with an item for each pair (key `pair`, index `open` on `open`)',
  QUEUE_URL: 'The queue that feeds the function, for looks that are wanted later',
  TOPIC_ARN: 'SNS topic for what somebody must be told. Empty: told in the log only',
  CLUSTERS: 'Names of the ECS clusters that the sweep looks through, parted by spaces',
  SPOT_PROVIDERS: 'Names of the capacity providers that are Spot, parted by spaces',
  SPOT_GROUPS: 'Auto Scaling groups of Spot providers, as group=provider, parted by spaces',
  GRACE_SECONDS: 'How long a task may wait for an instance before that counts as a shortage',
  CALLS_PER_SECOND: 'ECS calls a second, of the limit that the account shares',
  CALLS_BURST: 'ECS calls at once',
} as const

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
  const text = (name: keyof typeof variables) => {
    const value = environment[name]
    if (!value) problems.push(`${name}: must be set; it is ${variables[name]}`)
    return value ?? ''
  }
  const number = (name: keyof typeof variables, otherwise: number) => {
    const value = environment[name]
    if (value === undefined || value === '') return otherwise
    if (Number(value) > 0) return Number(value)
    problems.push(`${name}: must be a number above 0; got ${value}`)
    return otherwise
  }
  const words = (value: string | undefined) => (value ?? '').split(/\s+/).filter(Boolean)
  const groups = words(environment.SPOT_GROUPS).map((word) => {
    const [group = '', provider = ''] = word.split('=')
    if (group === '' || provider === '') {
      problems.push(`SPOT_GROUPS: must be of the form group=provider; got ${word}`)
    }
    return [group, provider] as const
  })
  const settings: Settings = {
    tableName: text('TABLE_NAME'),
    queueUrl: text('QUEUE_URL'),
    topicArn: environment.TOPIC_ARN ?? '',
    clusters: words(text('CLUSTERS')),
    spotProviders: new Set(words(environment.SPOT_PROVIDERS || 'FARGATE_SPOT')),
    spotGroups: new Map(groups),
    graceSeconds: number('GRACE_SECONDS', 60),
    callsPerSecond: number('CALLS_PER_SECOND', 20),
    callsBurst: number('CALLS_BURST', 40),
  }
  if (problems.length > 0)
    throw new Error(`the function is not set up right:\n${problems.join('\n')}`)
  return settings
}
