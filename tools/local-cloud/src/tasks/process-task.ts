import { rmSync } from 'node:fs'
import { Agent, type IncomingMessage, request as sendRequest } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs'
import type { Task } from '@tideway/spot-simulator'
import { messageOf } from '../delivery/problems'
import type { PathRequest } from '../path/request'
import type { TaskProgram, TaskPrograms, TaskReply } from './program'
import type { Runner, RunningCommand } from './runner'
import {
  commandOf,
  ExecutionRole,
  environmentOf,
  type LocalRun,
  StartError,
  stopTimeoutOf,
} from './task-definition'
import type { TaskEndpoint } from './task-endpoint'

export interface ProcessesProps {
  /** The URL of the gateway. */
  readonly url: string
  /** The deployed task definition of a task. */
  readonly definitionOf: (taskDefinitionArn: string) => Promise<TaskDefinition>
  /** What runs in place of the image of a task definition. @default what the definition says */
  readonly localRunOf?: (family: string) => LocalRun | undefined
  /** Runs the tasks whose program is not on this machine. */
  readonly standIns: Pick<TaskPrograms, 'start'>
  /** Ends a task whose program has ended: `EcsSimulation.exit`. */
  readonly exit: (task: Task, exitCode: number) => void
  /** Receives the stop timeout of a task definition. */
  readonly defineStopTimeout: (taskDefinitionArn: string, seconds: number) => void
  readonly addLine: (logGroup: string, logStream: string, line: string) => void
  /** Names what is wrong, or does not run. */
  readonly report: (part: string, message: string) => void
}

export interface ProcessTaskProps extends Omit<ProcessesProps, 'definitionOf' | 'exit'> {
  readonly task: Task
  readonly runner: Runner
  readonly endpoint: TaskEndpoint
  /** Its own temporary folder. */
  readonly folder: string
  readonly definition: Promise<TaskDefinition>
  readonly exit: (exitCode: number) => void
}

interface Container {
  readonly definition: ContainerDefinition
  /** Undefined: it does not run here. */
  readonly command: readonly string[] | undefined
  readonly cwd: string
  env: Record<string, string>
  process: RunningCommand | undefined
  exitCode: number | undefined
  lastLine: string
}

/** A target that has not replied by then does not reply: no load balancer waits longer by default. */
const replySeconds = 60
/** The path has a response as a whole. */
const maxBodyBytes = 64 * 1024 * 1024
/** A program that listens on no port after this time does not listen on the one that it got. */
const listenSeconds = 15
const preload = join(__dirname, 'preload')

/** A task as processes: one for each of its containers that can run on this machine. */
export class ProcessTask implements TaskProgram {
  /** Resolves once its processes are started, or to the reason why ECS cannot start it. */
  readonly failure: Promise<string | undefined>
  private readonly agent = new Agent({ keepAlive: true })
  private readonly ports = new Map<number, number>()
  private containers: readonly Container[] = []
  private standIn: TaskProgram | undefined
  private startedAt = 0
  private hasReplied = false
  private openRequests = 0
  private isRetired = false
  private removeAddresses = () => {}
  private state: 'runs' | 'stops' | 'ended' = 'runs'

  constructor(private readonly props: ProcessTaskProps) {
    this.failure = this.start().catch((error: unknown) => {
      const message = messageOf(error)
      props.report(`service ${props.task.service.name}`, message)
      if (error instanceof StartError) {
        this.end()
        return message
      }
      // Not a fault of what is deployed.
      this.standIn = props.standIns.start(props.task)
      return undefined
    })
  }

  get isProcess(): boolean {
    return this.standIn === undefined
  }

  async handle(port: number, request: PathRequest, weight: number): Promise<TaskReply> {
    if (this.standIn !== undefined) return this.standIn.handle(port, request, weight)
    const mapped = this.ports.get(port)
    if (mapped === undefined || this.state === 'ended') return { kind: 'refused' }
    this.openRequests++
    try {
      // Headers that Node refuses to send end the connection.
      const reply = await this.send(mapped, request).catch((): TaskReply => ({ kind: 'reset' }))
      if (reply.kind === 'refused') this.reportPort(port, mapped)
      else this.hasReplied = true
      return reply
    } finally {
      this.openRequests--
      if (this.isRetired && this.openRequests === 0) this.end()
    }
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    this.standIn?.signal(name)
    if (name === 'SIGKILL') this.end()
    else if (this.state === 'runs') {
      this.state = 'stops'
      this.stopNext()
    }
  }

  retire(): void {
    this.standIn?.retire()
    this.isRetired = true
    if (this.openRequests === 0) this.end()
  }

  /** Resolves when its ports accept connections, or when it has ended. */
  async listening(): Promise<void> {
    if ((await this.failure) !== undefined) return
    const [port] = this.ports.keys()
    const probe: PathRequest = {
      scheme: 'http',
      host: '127.0.0.1',
      method: 'HEAD',
      path: '/',
      headers: {},
      clientIp: '127.0.0.1',
    }
    for (let tries = 0; port !== undefined && tries < 100; tries++) {
      if (this.state === 'ended' || this.standIn !== undefined) return
      if ((await this.send(this.ports.get(port) ?? 0, probe)).kind !== 'refused') return
      await sleep(50)
    }
  }

  private async start(): Promise<undefined> {
    const { props } = this
    const { task } = props
    const definition = await props.definition
    const { family = '', executionRoleArn, taskRoleArn } = definition
    props.defineStopTimeout(task.deployment.release.taskDefinition, stopTimeoutOf(definition))
    const all = definition.containerDefinitions ?? []
    const local = props.localRunOf?.(family)
    const main = mainOf(all)
    this.containers = all.map((each) => this.container(each, family, each === main, local))
    const role = new ExecutionRole(props.url, executionRoleArn)
    for (const container of this.containers) {
      // ECS reads the secrets of all containers.
      Object.assign(container.env, await role.secretsOf(container.definition))
      const log = this.logOf(container)
      if (log !== undefined) await role.createStream(log.group, log.stream)
    }
    await this.mapPorts(all)
    const entry = { task, taskRoleArn, family }
    const { variables, remove } = await props.endpoint.add(entry, props.url)
    this.removeAddresses = remove
    for (const { definition: container, env } of this.containers) {
      Object.assign(env, variables, environmentOf(container, this.ports))
    }
    if (this.state === 'ended') {
      remove()
      return undefined
    }
    this.startedAt = performance.now()
    const app = this.containers.find(({ definition: each }) => each === main)
    if (app?.command === undefined) this.standIn = props.standIns.start(task)
    this.startNext()
    return undefined
  }

  private container(
    definition: ContainerDefinition,
    family: string,
    isMain: boolean,
    local: LocalRun | undefined,
  ): Container {
    const { name = '' } = definition
    const isLocal = local !== undefined && isMain
    const command = isLocal ? local.run : commandOf(definition)
    const common = { definition, env: {}, process: undefined, exitCode: undefined, lastLine: '' }
    const cwd = (isLocal ? local.cwd : undefined) ?? this.props.folder
    if (typeof command !== 'string') return { ...common, command, cwd }
    const effect = isMain ? 'a stand-in takes its place; name a local.run to run it' : 'not run'
    this.props.report(`task definition ${family}`, `container ${name}: ${command}: ${effect}`)
    return { ...common, command: undefined, cwd }
  }

  private async mapPorts(containers: readonly ContainerDefinition[]): Promise<void> {
    const mappings = containers.flatMap(({ portMappings = [] }) => portMappings)
    for (const { containerPort } of mappings) {
      if (containerPort !== undefined) this.ports.set(containerPort, await freePort())
    }
  }

  /** Starts the containers that wait for no other one. */
  private startNext(): void {
    for (const container of this.containers) {
      if (this.state !== 'runs' || !this.isReady(container)) continue
      this.run(container)
    }
  }

  private isReady({ definition, command, process }: Container): boolean {
    if (command === undefined || process !== undefined) return false
    return (definition.dependsOn ?? []).every(({ containerName, condition }) => {
      const other = this.containers.find((each) => each.definition.name === containerName)
      if (other?.command === undefined) return true
      if (condition === 'COMPLETE' || condition === 'SUCCESS') return other.exitCode !== undefined
      return other.process !== undefined
    })
  }

  private run(container: Container): void {
    const { definition, command = [], cwd, env } = container
    const log = this.logOf(container)
    container.process = this.props.runner.start({
      command,
      cwd,
      env: { ...machineVariables(this.props.folder), ...env },
      onLine: (line) => {
        container.lastLine = line
        if (log !== undefined) this.props.addLine(log.group, log.stream, line)
      },
      onExit: (code, message) => {
        container.exitCode = code
        this.exited(container, message ?? container.lastLine, definition.essential !== false)
      },
    })
  }

  private exited(container: Container, detail: string, isEssential: boolean): void {
    const { definition, exitCode = 0 } = container
    if (this.state === 'ended' || this.isRetired) return
    if (this.state === 'stops') {
      this.stopNext()
      return
    }
    const isAwaited = this.containers.some((each) =>
      each.definition.dependsOn?.some(
        ({ containerName, condition }) =>
          containerName === definition.name && condition === 'SUCCESS',
      ),
    )
    const hasFailed = isAwaited && exitCode !== 0
    if (exitCode !== 0) {
      const what = `container ${definition.name} exited with code ${exitCode}`
      this.props.report(`service ${this.props.task.service.name}`, `${what}: ${detail}`)
    }
    if (isEssential || hasFailed) {
      this.end()
      this.props.exit(exitCode)
    } else this.startNext()
  }

  /** Sends SIGTERM to the containers that no running one depends on. The others follow. */
  private stopNext(): void {
    const running = this.containers.filter(
      ({ process, exitCode }) => process !== undefined && exitCode === undefined,
    )
    if (running.length === 0 && this.standIn === undefined) {
      const main = mainOf(this.containers.map(({ definition }) => definition))
      const code = this.containers.find(({ definition }) => definition === main)?.exitCode ?? 0
      this.end()
      this.props.exit(code)
      return
    }
    for (const container of running) {
      const isNeeded = running.some((each) =>
        each.definition.dependsOn?.some(
          ({ containerName }) => containerName === container.definition.name,
        ),
      )
      if (!isNeeded) container.process?.signal('SIGTERM')
    }
  }

  private end(): void {
    if (this.state === 'ended') return
    this.state = 'ended'
    for (const { process } of this.containers) process?.signal('SIGKILL')
    this.removeAddresses()
    this.agent.destroy()
    rmSync(this.props.folder, { recursive: true, force: true })
  }

  private send(port: number, request: PathRequest): Promise<TaskReply> {
    const { method, path, headers, body } = request
    const since = performance.now()
    const seconds = () => (performance.now() - since) / 1000
    return new Promise((resolve) => {
      const sent = sendRequest(
        { host: '127.0.0.1', port, method, path, headers, agent: this.agent },
        (incoming) => {
          responseOf(incoming).then(
            (response) => resolve({ kind: 'response', response, seconds: seconds() }),
            () => resolve({ kind: 'reset' }),
          )
        },
      )
      sent.setTimeout(replySeconds * 1000, () => {
        const response = { status: 504, headers: {}, body: Buffer.alloc(0) }
        resolve({ kind: 'response', response, seconds: seconds() })
        sent.destroy()
      })
      sent.on('error', (error: NodeJS.ErrnoException) =>
        resolve({ kind: error.code === 'ECONNREFUSED' ? 'refused' : 'reset' }),
      )
      sent.end(body)
    })
  }

  private reportPort(port: number, mapped: number): void {
    const isLate = performance.now() - this.startedAt > listenSeconds * 1000
    if (this.hasReplied || !isLate || this.state !== 'runs') return
    // As often as checked: the console counts it.
    this.props.report(
      `service ${this.props.task.service.name}`,
      `nothing listens on the port of this machine that stands for port ${port} of the container, ${mapped}. A program that listens on a fixed port cannot run here beside others: read the port from PORT`,
    )
  }

  private logOf({ definition }: Container): { group: string; stream: string } | undefined {
    const { logDriver, options } = definition.logConfiguration ?? {}
    const group = options?.['awslogs-group']
    if (logDriver !== 'awslogs' || group === undefined) return undefined
    const prefix = options?.['awslogs-stream-prefix'] ?? 'ecs'
    return { group, stream: `${prefix}/${definition.name}/${this.props.task.id}` }
  }
}

/** The container that serves: the first essential one with a port, or the first essential one. */
function mainOf(containers: readonly ContainerDefinition[]): ContainerDefinition | undefined {
  const all = containers.filter(({ essential }) => essential !== false)
  return all.find(({ portMappings }) => portMappings?.length) ?? all[0]
}

/** Variables of this machine that programs need. Those of the container come on top. */
function machineVariables(folder: string): Record<string, string> {
  const { PATH = '', PYTHONPATH = '', NODE_OPTIONS = '' } = process.env
  return {
    PATH,
    HOME: folder,
    TMPDIR: folder,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    PYTHONPATH: [preload, PYTHONPATH].filter(Boolean).join(delimiter),
    NODE_OPTIONS: `${NODE_OPTIONS} --require ${JSON.stringify(join(preload, 'bind-loopback.cjs'))}`,
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

async function responseOf(incoming: IncomingMessage) {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) throw new Error(`the body has more than ${maxBodyBytes} bytes`)
    chunks.push(chunk)
  }
  const headers = Object.fromEntries(
    // Only cookies have several values.
    Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join('\n')]),
  )
  return { status: incoming.statusCode ?? 502, headers, body: Buffer.concat(chunks) }
}
