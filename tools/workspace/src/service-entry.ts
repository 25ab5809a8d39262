import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { ServiceDefinition, Use } from '@tideway/compute/src/definition'
import { isName, stacks } from '@tideway/constructs'

const workspace = resolve(__dirname, '../../..')

type Services = Readonly<Record<string, ServiceDefinition>>

/** What the flags and the answers say, by flag. */
export type Answers = Readonly<Record<string, string>>

/** A flag of `service new`, and the question that a terminal gets without it. */
export interface Question {
  readonly flag: string
  readonly text: string
  /** The accepted values, for the question and for messages. */
  readonly hint: string
  readonly accepts: (value: string) => boolean
  readonly defaultValue: (answers: Answers, services: Services) => string
  /** @default always */
  readonly isFor?: (answers: Answers) => boolean
}

const kinds = ['fargate-spot', 'ec2-spot', 'fargate', 'ec2'] as const
const uses = ['cache', 'database', 'internal-alb', 'work-queue'] as const satisfies readonly Use[]
const sizes = ['256', '512', '1024', '2048', '4096', '8192', '16384']
const oneOf = (...values: readonly string[]) => ({
  hint: values.join(', '),
  accepts: (value: string) => values.includes(value),
})
const always = ({ runs }: Answers) => runs === 'always'
const hasTraffic = (answers: Answers) => always(answers) && answers.traffic !== 'none'
const numbers = (text: string) => text.split('-').map(Number)

/** In the order in which they are asked: later ones depend on earlier answers. */
export const questions: readonly Question[] = [
  {
    flag: 'runs',
    text: 'When does it run',
    hint: 'always, a rate such as rate(15 minutes), a cron such as cron(0 3 * * ? *)',
    accepts: (value) => /^(always|rate\(.+\)|cron\(.+\))$/.test(value),
    defaultValue: () => 'always',
  },
  {
    flag: 'tasks',
    text: 'How many tasks',
    hint: 'a number, or a minimum and a maximum such as 2-6',
    accepts: (value) => /^\d+(-\d+)?$/.test(value),
    defaultValue: (answers) => (always(answers) ? '2-6' : '1'),
  },
  {
    flag: 'cpu',
    text: 'CPU units of a task',
    ...oneOf(...sizes),
    defaultValue: () => '256',
  },
  {
    flag: 'memory',
    text: 'MiB of memory of a task',
    hint: 'a number of MiB that Fargate has for the CPU units',
    accepts: (value) => /^\d+$/.test(value),
    defaultValue: ({ cpu }) => String(2 * Number(cpu)),
  },
  {
    flag: 'image',
    text: 'Tag of the image',
    hint: 'example for a small program until there is an image, or a tag in the repository of the service',
    accepts: (value) => /^\w[\w.-]{0,127}$/.test(value),
    defaultValue: () => 'example',
  },
  {
    flag: 'capacity',
    text: 'Capacity',
    ...oneOf(...kinds),
    defaultValue: () => 'fargate-spot',
    isFor: always,
  },
  {
    flag: 'traffic',
    text: 'Load balancer that sends it requests',
    ...oneOf('none', 'internal', 'external'),
    defaultValue: () => 'internal',
    isFor: always,
  },
  {
    flag: 'paths',
    text: 'Paths of its requests',
    hint: 'up to three paths such as /reports/*, separated by commas',
    accepts: (value) => value.split(',').every((path) => /^\/[\w.*?$/~"'@:+&-]*$/.test(path)),
    defaultValue: ({ name }) => `/${name}/*`,
    isFor: (answers) => hasTraffic(answers) && answers.traffic === 'external',
  },
  {
    flag: 'requests-per-task',
    text: 'Requests per task and minute that autoscaling aims for',
    hint: 'a number above 0',
    accepts: (value) => /^[1-9]\d*$/.test(value),
    defaultValue: () => '500',
    isFor: hasTraffic,
  },
  {
    flag: 'priority',
    text: 'Priority of its listener rule, where the lowest number that matches wins',
    hint: '1 to 50000',
    accepts: (value) => /^[1-9]\d{0,4}$/.test(value),
    defaultValue: ({ traffic }, services) => String(freePriority(traffic ?? '', services)),
    isFor: hasTraffic,
  },
  {
    flag: 'release',
    text: 'Release',
    ...oneOf('rolling', 'blue-green'),
    defaultValue: () => 'rolling',
    isFor: hasTraffic,
  },
  {
    flag: 'uses',
    text: 'What it uses',
    hint: `none, or of ${uses.join(', ')}, separated by commas`,
    accepts: (value) =>
      value === 'none' || value.split(',').every((use) => uses.some((known) => known === use)),
    defaultValue: () => 'none',
  },
  {
    flag: 'owner',
    text: 'Team that owns it',
    hint: 'a team of GitHub, without the organization',
    accepts: isName,
    defaultValue: () => stacks.compute.owner,
  },
]

/**
 * Below the others, because a new rule is usually narrower than those before it. Above them where no number is left.
 */
function freePriority(from: string, services: Services): number {
  const taken = Object.values(services).flatMap((service) => {
    if (service.runs !== 'always' || service.traffic?.from !== from) return []
    const { traffic } = service
    return [traffic, ...(traffic.rules ?? [])].map(({ priority }) => priority)
  })
  if (taken.length === 0) return 1000
  const lowest = Math.min(...taken)
  return lowest > 10 ? lowest - 10 : Math.max(...taken) + 10
}

export function definitionOf(answers: Answers): ServiceDefinition {
  const { runs = 'always', image = '', cpu, memory, tasks = '', capacity = '' } = answers
  const [min = 1, max = min] = numbers(tasks)
  const container = {
    cpu: Number(cpu) as ServiceDefinition['cpu'],
    memoryMiB: Number(memory),
    image: image === 'example' ? ('example' as const) : { tag: image },
    uses: uses.filter((use) => answers.uses?.split(',').includes(use)),
    ...(answers.owner === stacks.compute.owner ? {} : { owner: answers.owner }),
  }
  if (runs !== 'always') {
    return {
      runs: runs as `rate(${string})`,
      tasks: tasks.includes('-') ? Number.NaN : min,
      ...container,
    }
  }
  const common = { runs: 'always' as const, tasks: { min, max }, ...container }
  const isExampleOnSpot = container.image === 'example' && capacity.endsWith('-spot')
  return {
    ...common,
    ...capacityOf(capacity),
    // The example does. Without it, a task receives no requests from its notice on.
    ...(isExampleOnSpot && hasTraffic(answers) && { atNotice: 'serve-until-drained' }),
    ...releaseOf(answers),
  } as ServiceDefinition
}

/** One task on demand first, then one in four, as the services of the platform have it. */
function capacityOf(kind: string) {
  const family = kind.replace(/-spot$/, '')
  if (family === kind) return { capacity: [{ on: kind, weight: 1 }], standbys: [] }
  return {
    capacity: [
      { on: family, base: 1, weight: 1 },
      { on: kind, weight: 3 },
    ],
    // Fargate starts within the notice of an interruption. Instances serve where it is short too.
    standbys: family === 'ec2' ? ['fargate', 'ec2'] : ['fargate'],
  }
}

function releaseOf({ release, traffic, paths, priority, ...answers }: Answers) {
  return {
    release:
      release === 'blue-green'
        ? { kind: 'blue-green' }
        : { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 },
    ...(traffic === 'none'
      ? {}
      : {
          traffic: {
            from: traffic,
            ...(traffic === 'external' ? { paths: paths?.split(',') } : {}),
            priority: Number(priority),
            requestsPerTask: Number(answers['requests-per-task']),
          },
        }),
  }
}

/** The file of a service, as Biome formats it. */
export function sourceOf(definition: ServiceDefinition): string {
  const fields = Object.entries(definition).map(
    ([key, value]) => `${key}: ${JSON.stringify(value)},`,
  )
  const input = `import type { ServiceDefinition } from '../service'

export const service: ServiceDefinition = {
${fields.join('\n')}
}
`
  const biome = join(workspace, 'node_modules/.bin/biome')
  const { status, stdout, stderr } = spawnSync(biome, ['format', '--stdin-file-path=service.ts'], {
    cwd: workspace,
    input,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`biome format failed: ${stderr}`)
  return stdout
}
