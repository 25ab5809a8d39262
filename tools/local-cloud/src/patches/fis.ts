import { AwsError } from '@tideway/spot-simulator'
import { type AwsRequest, type AwsResponse, jsonInput } from '../gateway/aws-request'
import { jsonError, jsonResponse } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { account } from './account'
import type { Input } from './operations'
import { creationTime, ResourceStore, TagStore, uuidOf } from './stores'

const action = 'aws:ec2:send-spot-instance-interruptions'

/**
 * Fault injection service. moto creates templates and cannot return them, and has no experiments. Here an experiment
 * interrupts instances of the simulation, if there is one. Remove it when moto runs experiments on its own instances.
 */
export class Fis implements MotoPatch {
  readonly service = 'fis'
  private readonly templates = new ResourceStore('Experiment template', 'ResourceNotFoundException')
  private readonly experiments = new ResourceStore('Experiment', 'ResourceNotFoundException')
  private readonly tags = new TagStore()

  /** Interrupts so many instances of an Auto Scaling group, and returns their ids. Not set in a replay. */
  onInterrupt: (groupName: string, count: number) => readonly string[] = () => []

  /** The names of the alarms that are on. */
  alarmsOn: () => readonly string[] = () => []

  resourceIds(): string[] {
    return [...this.templates.keys()]
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      const url = new URL(request.url, 'http://local')
      const [, kind = '', ...rest] = url.pathname.split('/')
      const id = decodeURIComponent(rest.join('/'))
      const input = jsonInput(request)
      if (kind === 'tags') return jsonResponse(this.tagged(request.method, id, url, input))
      const route = `${request.method} ${kind}${id === '' ? '' : '/'}`
      const output = this.routes[route]?.(id, input)
      if (output !== undefined) return jsonResponse(output)
      throw new AwsError('UnknownOperationException', `fis: ${route} is not emulated.`)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const isMissing = error.code === 'ResourceNotFoundException'
      return jsonError(error.code, error.message, isMissing ? 404 : error.status)
    }
  }

  private readonly routes: Readonly<Record<string, (id: string, input: Input) => object>> = {
    'GET experimentTemplates': () => ({
      experimentTemplates: this.templates.select(undefined).map((one) => this.withTags(one)),
    }),
    'POST experimentTemplates': (_, input) => this.createTemplate(input),
    'GET experimentTemplates/': (id) => this.template(this.templates.find(id)),
    'PATCH experimentTemplates/': (id, input) => {
      const template = this.templates.find(id)
      return this.template(this.templates.update(id, templateFields({ ...template, ...input })))
    },
    'DELETE experimentTemplates/': (id) => this.template(this.templates.remove(id)),
    'GET experiments': () => ({
      experiments: this.experiments.select(undefined).map((one) => this.withTags(one)),
    }),
    'POST experiments': (_, input) => this.start(input),
    'GET experiments/': (id) => this.experiment(this.experiments.find(id)),
    'DELETE experiments/': (id) => {
      const { state } = this.experiments.find(id) as { state: { status: string } }
      if (state.status !== 'running') {
        throw new AwsError('ValidationException', `Experiment ${id} is ${state.status}.`)
      }
      return this.experiment(this.experiments.update(id, stateOf('stopped', 'Stopped by a user')))
    },
  }

  private createTemplate(input: Input): object {
    const id = `EXT${uuidOf(`template ${input.clientToken}`).replaceAll('-', '').slice(0, 14)}`
    const arn = `arn:aws:fis:${account.region}:${account.id}:experiment-template/${id}`
    const times = { creationTime, lastUpdateTime: creationTime }
    this.templates.set(id, { id, arn, ...times, ...templateFields(input) })
    this.tags.put(arn, input.tags)
    return this.template(this.templates.find(id))
  }

  /** The notice is sent at once. The experiment is over with it: what follows is Spot's. */
  private start({ clientToken, experimentTemplateId, tags }: Input): object {
    const id = `EXP${uuidOf(`experiment ${clientToken}`).replaceAll('-', '').slice(0, 14)}`
    if (this.experiments.has(id)) return this.experiment(this.experiments.find(id))
    const template = this.templates.find(experimentTemplateId)
    const arn = `arn:aws:fis:${account.region}:${account.id}:experiment/${id}`
    const { targets, actions, stopConditions, roleArn } = template
    const copied = { experimentTemplateId, targets, actions, stopConditions, roleArn }
    this.experiments.set(id, { id, arn, startTime: creationTime, ...copied, ...this.run(template) })
    this.tags.put(arn, tags)
    return this.experiment(this.experiments.find(id))
  }

  private run({ actions, targets, stopConditions }: Input): Input {
    const on = (stopConditions as readonly { value?: string }[]).find(({ value = '' }) =>
      this.alarmsOn().includes(value.split(':alarm:').at(-1) ?? ''),
    )
    if (on !== undefined) return stateOf('stopped', `Stop condition ${on.value} is on.`)
    for (const { actionId, targets: of } of Object.values(actions as Record<string, Action>)) {
      if (actionId !== action) return stateOf('failed', `${actionId} is not emulated.`)
      const target = (targets as Record<string, Target>)[of?.SpotInstances ?? '']
      const group = target?.resourceTags?.['aws:autoscaling:groupName'] ?? ''
      const count = Number(/^COUNT\((\d+)\)$/.exec(target?.selectionMode ?? '')?.[1] ?? 1)
      this.onInterrupt(group, count)
    }
    return stateOf('completed', 'Experiment completed.')
  }

  private tagged(method: string, arn: string, url: URL, { tags }: Input): object {
    if (method === 'POST') return this.tags.add(arn, tags) ?? {}
    if (method === 'DELETE') return this.tags.remove(arn, url.searchParams.getAll('tagKeys')) ?? {}
    return { tags: this.tags.record(arn) }
  }

  private template(template: Input): object {
    return { experimentTemplate: this.withTags(template) }
  }

  private experiment(experiment: Input): object {
    return { experiment: this.withTags(experiment) }
  }

  private withTags(resource: Input): Input {
    return { ...resource, tags: this.tags.record(resource.arn) }
  }
}

interface Action {
  readonly actionId: string
  readonly targets?: Readonly<Record<string, string>>
}

interface Target {
  readonly selectionMode: string
  readonly resourceTags?: Readonly<Record<string, string>>
}

function stateOf(status: string, reason: string): Input {
  return { state: { status, reason } }
}

function templateFields(input: Input): Input {
  const { description, targets = {}, actions, stopConditions = [], roleArn } = input
  const { experimentOptions, logConfiguration } = input
  return {
    ...{ description, targets, actions, stopConditions, roleArn, logConfiguration },
    experimentOptions: {
      accountTargeting: 'single-account',
      emptyTargetResolutionMode: 'fail',
      ...(experimentOptions as object),
    },
  }
}
