import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerDefinition } from '@aws-sdk/client-ecs'
import { EcsSimulation, type Task } from '@tideway/spot-simulator'
import { isAlive } from '@tideway/terraform/running'
import type { PathRequest } from '../src/path/request'
import { Processes } from '../src/tasks/processes'
import type { TaskProgram } from '../src/tasks/program'
import type { LocalRun } from '../src/tasks/task-definition'

const roles = 'arn:aws:iam::123456789012:role'
const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf'

/** What Secrets Manager and Systems Manager answer: the execution role `start` may read. */
const values = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  const answer = (status: number, output: object) =>
    response.writeHead(status).end(JSON.stringify(output))
  const operation = String(request.headers['x-amz-target']).split('.')[1]
  if (!request.headers.authorization?.includes('role.123456789012.start/')) {
    answer(400, {
      __type: 'AccessDeniedException',
      message: `User: other is not authorized to perform: ${operation}`,
    })
  } else if (operation === 'GetSecretValue') {
    answer(200, { SecretString: JSON.stringify({ key: JSON.parse(body).SecretId.slice(-6) }) })
  } else if (operation === 'GetParameters') {
    const [name] = JSON.parse(body).Names
    answer(200, { Parameters: name === '/flags' ? [{ Value: 'on' }] : [] })
  } else answer(200, {})
})
let url = ''
let running: Processes | undefined

beforeAll(async () => {
  url = await listening(values)
})
afterEach(() => running?.close())
afterAll(() => values.close())

async function listening(server: Server): Promise<string> {
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers with a JavaScript expression, and leaves at SIGTERM with code 3. */
function serving(expression: string): ContainerDefinition {
  const program = `
    process.on('SIGTERM', () => { console.log('leaving'); process.exit(3) })
    require('node:http').createServer((request, response) => {
      response.end(JSON.stringify(${expression}))
    }).listen(process.env.PORT, () => console.log('ready'))`
  return {
    name: 'app',
    image: 'public.ecr.aws/docker/library/node:22-alpine',
    command: [process.execPath, '-e', program],
    portMappings: [{ containerPort: 8080 }],
    environment: [{ name: 'PORT', value: '8080' }],
  }
}

async function setUp(
  containerDefinitions: ContainerDefinition[],
  { executionRole = 'start', local }: { executionRole?: string; local?: LocalRun } = {},
) {
  const aws = new EcsSimulation({ seed: 1 })
  const { tasks } = aws.createService({ name: 'web', desiredCount: 1, startsSteady: true })
  const task = [...tasks][0] as Task
  const log: string[] = []
  const lines: string[] = []
  const standIn: TaskProgram = {
    handle: () => ({ kind: 'reset' }),
    signal: (name) => log.push(`stand-in ${name}`),
    retire: () => log.push('stand-in retires'),
  }
  running = new Processes({
    url,
    definitionOf: async () => ({
      family: 'web',
      containerDefinitions,
      executionRoleArn: `${roles}/${executionRole}`,
      taskRoleArn: `${roles}/web-task`,
    }),
    localRunOf: () => local,
    standIns: { start: () => standIn },
    exit: (_, code) => log.push(`exit ${code}`),
    defineStopTimeout: (_, seconds) => log.push(`stop timeout ${seconds}`),
    addLine: (group, stream, line) => lines.push(`${group} ${stream}: ${line}`),
    report: (part, message) => log.push(`${part}: ${message}`),
  })
  const program = running.start(task)
  const failure = await program.failure
  await program.listening()
  return { task, program, failure, log, lines }
}

const get: PathRequest = {
  scheme: 'http',
  host: 'shop',
  method: 'GET',
  path: '/',
  headers: { host: 'shop' },
  clientIp: '10.0.0.1',
}

async function answerOf(program: TaskProgram): Promise<unknown> {
  const reply = await program.handle(8080, get, 1)
  return reply.kind === 'response' ? JSON.parse(reply.response.body.toString()) : reply.kind
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 100; tries++) await sleep(20)
  expect(condition()).toBe(true)
}

describe('a task as processes', () => {
  it('keeps its cookies apart, and is reset once it sends more than 64 MiB', async () => {
    const { program } = await setUp([
      serving(`request.url === '/big' ? response.write(Buffer.alloc(68e6)) :
        (response.setHeader('set-cookie', ['a=1; Path=/', 'b=2']), 1)`),
    ])
    expect(await program.handle(8080, get, 1)).toMatchObject({
      response: { headers: { 'set-cookie': 'a=1; Path=/\nb=2' } },
    })
    expect(await program.handle(8080, { ...get, path: '/big' }, 1)).toEqual({ kind: 'reset' })
  })

  it('serves with its secrets, ports, roles and log, and leaves at SIGTERM', async () => {
    const names = `['FLAGS', 'KEY', 'PORT', 'SELF', 'AWS_CONTAINER_CREDENTIALS_FULL_URI']`
    const { program, log, lines, task } = await setUp([
      {
        ...serving(`${names}.map((name) => process.env[name])`),
        environment: [
          { name: 'PORT', value: '8080' },
          { name: 'SELF', value: 'http://localhost:8080/' },
        ],
        secrets: [
          { name: 'KEY', valueFrom: `${secretArn}:key::` },
          { name: 'FLAGS', valueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/flags' },
        ],
        stopTimeout: 50,
        logConfiguration: {
          logDriver: 'awslogs',
          options: { 'awslogs-group': '/web', 'awslogs-stream-prefix': 'web' },
        },
      },
    ])
    const [flags, key, port, self, credentials] = (await answerOf(program)) as string[]
    expect([flags, key]).toEqual(['on', 'AbCdEf'])
    expect(port).not.toBe('8080')
    expect(self).toBe(`http://localhost:${port}/`)
    expect(await (await fetch(String(credentials))).json()).toMatchObject({
      AccessKeyId: 'role.123456789012.web-task',
    })
    program.signal('SIGTERM')
    await until(() => log.includes('exit 3'))
    expect(log).toEqual(['stop timeout 50', 'exit 3'])
    expect(lines).toEqual([`/web web/app/${task.id}: ready`, `/web web/app/${task.id}: leaving`])
    expect(await answerOf(program)).toBe('refused')
    expect((await fetch(String(credentials))).status).toBe(404)
  })

  it('ends by SIGKILL without an exit', async () => {
    const { program, log } = await setUp([serving('process.pid')])
    const pid = Number(await answerOf(program))
    program.signal('SIGKILL')
    await until(() => !isAlive(pid))
    expect(log).toEqual(['stop timeout 30'])
  })

  it('loses the lines of a flood, and goes on', async () => {
    const flood = { ...serving('1'), name: 'flood', portMappings: [], essential: false }
    const options = { 'awslogs-group': '/web', 'awslogs-stream-prefix': 'web' }
    const { program, lines } = await setUp([
      serving('1'),
      {
        ...flood,
        command: ['sh', '-c', 'yes | head -n 200000'],
        logConfiguration: { logDriver: 'awslogs', options },
      },
    ])
    await until(() => lines.length > 500)
    expect(await answerOf(program)).toBe(1)
    expect(lines.length).toBeLessThan(5000)
  })

  it('starts containers in their order, and ends with an essential one', async () => {
    const waits = { dependsOn: [{ containerName: 'prepare', condition: 'SUCCESS' as const }] }
    const prepare = { ...serving('1'), name: 'prepare', essential: false, portMappings: [] }
    const first = { ...prepare, command: ['sh', '-c', 'echo no room; exit 4'] }
    const { log } = await setUp([{ ...serving('1'), ...waits }, first])
    await until(() => log.includes('exit 4'))
    expect(log).toContain('service web: container prepare exited with code 4: no room')
  })
})

describe('a task that cannot run', () => {
  it.each([
    [
      'other',
      secretArn,
      `unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${secretArn} from secrets manager: AccessDeniedException: User: other is not authorized to perform: GetSecretValue`,
    ],
    ['start', '/none', 'unable to retrieve secrets from ssm: invalid ssm parameters: /none'],
    [
      'start',
      `${secretArn}:none::`,
      'unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key none',
    ],
  ])('fails as in ECS if its role %s does not get %s', async (executionRole, valueFrom, why) => {
    const container = { ...serving('1'), secrets: [{ name: 'KEY', valueFrom }] }
    const { failure, log } = await setUp([container], { executionRole })
    const message = `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ${why}`
    expect(failure).toBe(message)
    expect(log).toContain(`service web: ${message}`)
  })

  it('has a stand-in, and the console says why', async () => {
    const { program, log } = await setUp([{ ...serving('1'), image: 'shop:1' }])
    expect(await answerOf(program)).toBe('reset')
    program.signal('SIGTERM')
    expect(log).toEqual([
      'stop timeout 30',
      'task definition web: container app: its program is in the image shop:1: a stand-in takes its place; name a local.run to run it',
      'stand-in SIGTERM',
    ])
  })

  it('runs the command that its service names', async () => {
    const container = { ...serving('1'), image: 'shop:1' }
    const { command: run = [] } = serving('process.cwd()')
    const { program } = await setUp([container], { local: { run, cwd: __dirname } })
    expect(await answerOf(program)).toBe(__dirname)
  })
})

describe('all processes of tasks', () => {
  it('end when the local cloud is killed', async () => {
    const command = ['sh', '-c', 'sleep 60 & echo $!; wait']
    const program = `
      const supervisor = require('node:child_process').fork('./src/tasks/supervisor.cjs')
      supervisor.on('message', ({ kind, line }) => kind === 'line' && console.log(line))
      supervisor.send(${JSON.stringify({ kind: 'start', id: 1, command, cwd: '.', env: {} })})`
    const parent = spawn(process.execPath, ['-e', program], {
      cwd: join(__dirname, '..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    parent.stdout.on('data', (part) => {
      output += part
    })
    await until(() => output.includes('\n'))
    const grandchild = Number(output)
    const wasAlive = isAlive(grandchild)
    parent.kill('SIGKILL')
    expect(wasAlive).toBe(true)
    await until(() => !isAlive(grandchild))
  })
})
