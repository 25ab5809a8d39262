import {
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  statementsOf,
} from '@tideway/constructs/testing'
import {
  type CommandSettings,
  type EcsCalls,
  runCommand,
  runHook,
} from '../src/before-release/handler'
import { checkServices } from '../src/definition/check-services'
import type { Sidecar } from '../src/definition/sidecars'
import { appSpec } from '../src/delivery/app-spec'
import type { ServiceDefinition } from '../src/service'
import { services } from '../src/services'
import { grantsOf, keyRef, withServices } from './fixture'

const beforeRelease = { command: ['npm', 'run', 'migrate', '${TARGET}'], timeoutMinutes: 3 }
const image = { from: 'public.ecr.aws/team/agent', tag: '1.2.3' }
const sidecars: Readonly<Record<string, Sidecar>> = {
  prepare: {
    image: { tag: '1.4.2' },
    command: ['prepare'],
    memoryMiB: 64,
    appStartsAfter: 'succeeded',
    startsAfter: { logs: 'started' },
  },
  agent: {
    image: { from: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/agent', tag: '7' },
    environment: { LEVEL: 'info' },
    secrets: { API_KEY: { secret: 'agent/key' } },
    port: 8125,
    cpu: 100,
    essential: false,
    healthCheck: ['agent', 'health'],
    startsAfter: { app: 'started' },
  },
  logs: {
    image,
    healthCheck: ['true'],
    appStartsAfter: 'healthy',
    logRouter: {
      options: { Name: 'http', Host: 'logs.example.com' },
      secretOptions: { Header: { parameter: '/logs/header' } },
    },
  },
}
const changed = Object.fromEntries(
  Object.entries(services).map(([name, service]) => [
    name,
    { ...service, beforeRelease, ...(name === 'worker' && { sidecars }) },
  ]),
)
const json = withServices(changed)

describe('a command before the release', () => {
  const part = (name: string, type: string, id: string) =>
    resourceAt(json, type, `services/${name}/before-release/${id}`)
  const invocationOf = (name: string) => part(name, 'aws_lambda_invocation', 'invocation')
  const address = (name: string) =>
    `aws_lambda_invocation.${idOf(`services/${name}/before-release/invocation`)}`
  const idOf = (path: string) =>
    Object.entries(resourcesOf(json, 'aws_lambda_invocation')).find(([, each]) =>
      each['//'].metadata.path.endsWith(path),
    )?.[0]

  it.each([
    ['worker', 'aws_ecs_service', 'service'],
    ['api', 'aws_ecs_service', 'service'],
    ['scheduler', 'aws_sfn_state_machine', 'run'],
  ])('of %s succeeds before Terraform releases', (name, type, id) => {
    expect(invocationOf(name).function_name).toBe(
      referenceAt(
        json,
        'aws_lambda_function',
        `services/${name}/before-release/function`,
        'function_name',
      ),
    )
    expect(JSON.parse(invocationOf(name).input)).toEqual({
      taskDefinition: referenceAt(
        json,
        'aws_ecs_task_definition',
        `services/${name}/task/definition`,
        'arn',
      ),
    })
    expect(resourceAt(json, type, `services/${name}/${id}`).depends_on).toContain(address(name))
  })

  it('runs for each revision that Terraform releases, and for the first that CodeDeploy does', () => {
    expect(invocationOf('worker').lifecycle).toBeUndefined()
    expect(invocationOf('api').lifecycle).toEqual({ ignore_changes: ['input'] })
  })

  it('runs in the network of the service, as long as it may', () => {
    const { environment, timeout } = part('worker', 'aws_lambda_function', 'function')
    const settings: CommandSettings = JSON.parse(environment.variables.COMMAND)
    const { network_configuration } = resourceAt(json, 'aws_ecs_service', 'services/worker/service')
    expect(settings).toMatchObject({
      container: 'app',
      command: ['npm', 'run', 'migrate', '$${TARGET}'],
      securityGroups: network_configuration.security_groups,
      timeoutMinutes: 3,
      startedBy: 'before-release/worker',
    })
    expect(settings.subnets).toHaveLength(3)
    expect(timeout).toBe(225)
  })

  it('has a function that may run the tasks of its service only', () => {
    const grants = grantsOf(json, 'services/worker/before-release/worker-before-release')
    expect(grants.map(({ Sid }) => Sid)).not.toContain('ReportToCodeDeploy')
    expect(grants.find(({ Sid }) => Sid === 'RunTask')?.Resource).toMatch(
      /task-definition\/tideway-\w+-worker:\*$/,
    )
    const report = grantsOf(json, 'services/api/before-release/api-before-release').find(
      ({ Sid }) => Sid === 'ReportToCodeDeploy',
    )
    const { app_name } = resourceAt(
      json,
      'aws_codedeploy_deployment_group',
      'services/api/blue-green/group',
    )
    const { name } = resourceAt(json, 'aws_codedeploy_app', 'services/api/blue-green/app')
    expect(app_name).toContain('.name}')
    expect(report?.Resource).toMatch(new RegExp(`:deploymentgroup:${name}/${name}$`))
    expect(part('api', 'aws_lambda_function', 'function').kms_key_arn).toBe(keyRef(json, 'secrets'))
  })

  it('is a hook of CodeDeploy, which may invoke it', () => {
    const role = resourceAt(
      json,
      'aws_iam_role_policy',
      'services/api/blue-green/api-release/policy',
    )
    expect(statementsOf(role.policy)).toContainEqual(
      expect.objectContaining({
        Action: 'lambda:InvokeFunction',
        Resource: [
          referenceAt(json, 'aws_lambda_function', 'services/api/before-release/function', 'arn'),
        ],
      }),
    )
    const props = { taskDefinitionArn: 'arn', definition: changed.api as never, record: undefined }
    expect(appSpec(props)).not.toHaveProperty('Hooks')
    expect(appSpec({ ...props, beforeInstall: 'migrate' }).Hooks).toEqual([
      { BeforeInstall: 'migrate' },
    ])
  })

  it.each([
    ['no object', 'migrate', /service\.beforeRelease: must have a command.*got "migrate"/],
    ['no list', { command: 'npm run migrate' }, /must have a command: a list of words/],
    ['no words', { command: [] }, /must have a command/],
    ['an empty word', { command: ['a', ''] }, /must have a command/],
    ['a script', { command: ['x'.repeat(2000)] }, /at most 2000 characters/],
    ['too long a time', { command: ['a'], timeoutMinutes: 15 }, /timeoutMinutes from 1 to 14/],
    ['no time', { command: ['a'], timeoutMinutes: 0 }, /timeoutMinutes from 1 to 14/],
    ['time as text', { command: ['a'], timeoutMinutes: '5' }, /timeoutMinutes from 1 to 14/],
  ])('is refused with %s', (_, wrong, message) => {
    const check = (value: unknown) =>
      checkServices({ worker: { ...services.worker, beforeRelease: value } as ServiceDefinition })
    expect(() => check(beforeRelease)).not.toThrow()
    expect(() => check(wrong)).toThrow(message)
  })
})

describe('the function of the command', () => {
  const settings: CommandSettings = {
    cluster: 'cluster',
    container: 'app',
    command: ['npm', 'run', 'migrate'],
    subnets: ['subnet'],
    securityGroups: ['group'],
    timeoutMinutes: 1,
    logGroup: '/log',
    startedBy: 'before-release/api',
  }
  const revision = 'arn:aws:ecs:us-east-1:123456789012:task-definition/api:7'
  const wait = async () => {}
  /** Describes the task as each of the states in turn, then as the last. */
  const ecsWith = (states: object[], calls: Partial<Record<keyof EcsCalls, object>> = {}) => {
    const log: [string, object][] = []
    const call = (name: string, respond: () => object) => async (input: object) => {
      log.push([name, input])
      return respond()
    }
    const left = [...states]
    const next = () => ({ tasks: [(left.length > 1 ? left.shift() : left[0]) ?? {}] })
    const fake = {
      listTasks: call('listTasks', () => calls.listTasks ?? {}),
      runTask: call('runTask', () => calls.runTask ?? { tasks: [{ taskArn: 'task' }] }),
      describeTasks: call('describeTasks', next),
      stopTask: call('stopTask', () => ({})),
    }
    return { ecs: fake as unknown as EcsCalls, log }
  }
  const stopped = (container: object) => ({
    lastStatus: 'STOPPED',
    stoppedReason: 'of the task',
    containers: [
      { name: 'logs', exitCode: 0 },
      { name: 'app', ...container },
    ],
  })

  it('waits for a task of the revision, on demand', async () => {
    const { ecs, log } = ecsWith([{}, { lastStatus: 'RUNNING' }, stopped({ exitCode: 0 })])
    expect(await runCommand(ecs, settings, revision, wait)).toEqual({ task: 'task' })
    expect(log[1]).toEqual([
      'runTask',
      expect.objectContaining({
        taskDefinition: revision,
        launchType: 'FARGATE',
        overrides: { containerOverrides: [{ name: 'app', command: ['npm', 'run', 'migrate'] }] },
      }),
    ])
  })

  it.each([
    ['fails', stopped({ exitCode: 2 }), /"npm run migrate" exited with 2.*\/log, task task/],
    ['is not found', stopped({ reason: 'CannotPullContainerError' }), /did not start: CannotPull/],
    ['cannot start', stopped({}), /did not start: of the task/],
    ['takes too long', { lastStatus: 'RUNNING' }, /takes longer than 1 minutes/],
  ])('throws if the command %s', async (_, state, message) => {
    const { ecs, log } = ecsWith([state])
    await expect(runCommand(ecs, settings, revision, wait)).rejects.toThrow(message)
    expect(log.some(([name]) => name === 'stopTask')).toBe(
      'lastStatus' in state && state.lastStatus === 'RUNNING',
    )
  })

  it('throws if ECS places no task', async () => {
    const { ecs } = ecsWith([], { runTask: { failures: [{ reason: 'RESOURCE:FARGATE' }] } })
    await expect(runCommand(ecs, settings, revision, wait)).rejects.toThrow(/RESOURCE:FARGATE/)
  })

  it('waits for the task of an earlier call of the same revision, not of another', async () => {
    const listTasks = { taskArns: ['earlier'] }
    const earlier = (taskDefinitionArn: string) => ({ taskArn: 'earlier', taskDefinitionArn })
    const end = stopped({ exitCode: 0 })
    const same = ecsWith([earlier(revision), end], { listTasks })
    expect(await runCommand(same.ecs, settings, revision, wait)).toEqual({ task: 'earlier' })
    const other = ecsWith([earlier('arn:other'), end], { listTasks })
    expect(await runCommand(other.ecs, settings, revision, wait)).toEqual({ task: 'task' })
  })

  it.each([
    ['Succeeded', `{"TaskDefinition": "${revision}"}`, async () => ({})],
    ['Succeeded', `TaskDefinition: "${revision}"`, async () => ({})],
    ['Failed', `TaskDefinition: ${revision}`, () => Promise.reject(new Error('exited with 1'))],
    ['Failed', 'TaskDefinition: api', async () => ({})],
  ])('reports %s to CodeDeploy', async (status, content, result) => {
    const silent = jest.spyOn(console, 'error').mockReturnValue()
    const put = jest.fn(async () => ({}))
    const run = jest.fn(result)
    const hook = { DeploymentId: 'd-1', LifecycleEventHookExecutionId: 'hook' }
    const getDeployment = async () => ({
      deploymentInfo: { revision: { appSpecContent: { content } } },
    })
    await runHook({ getDeployment, putLifecycleEventHookExecutionStatus: put }, hook, run)
    silent.mockRestore()
    expect(put.mock.calls).toEqual([
      [{ deploymentId: 'd-1', lifecycleEventHookExecutionId: 'hook', status }],
    ])
    expect(run.mock.calls).toEqual(content.includes(revision) ? [[revision]] : [])
  })
})

describe('sidecars', () => {
  const task = resourceAt(json, 'aws_ecs_task_definition', 'services/worker/task/definition')
  const containers: Block[] = JSON.parse(task.container_definitions)
  const named = (name: string) => containers.find((each) => each.name === name) ?? {}

  it('follow the container of the service, in which load balancers and commands are', () => {
    expect(containers.map(({ name }) => name)).toEqual(['app', 'prepare', 'agent', 'logs'])
  })

  it('share the processor and the memory of the task with the service', () => {
    expect(containers.map(({ cpu, memory }) => [cpu, memory])).toEqual([
      [1024 - 64 - 100 - 64, undefined],
      [64, 64],
      [100, 128],
      [64, 128],
    ])
    const [alone] = JSON.parse(
      resourceAt(json, 'aws_ecs_task_definition', 'services/api/task/definition')
        .container_definitions,
    )
    expect(Object.keys(alone)).not.toEqual(expect.arrayContaining(['cpu']))
    expect(Object.keys(alone)).not.toEqual(expect.arrayContaining(['dependsOn']))
  })

  it('start in order, and end the task only if they must run', () => {
    expect(containers.map(({ essential, dependsOn }) => [essential, dependsOn])).toEqual([
      [
        true,
        [
          { containerName: 'prepare', condition: 'SUCCESS' },
          { containerName: 'logs', condition: 'HEALTHY' },
        ],
      ],
      [false, [{ containerName: 'logs', condition: 'START' }]],
      [false, [{ containerName: 'app', condition: 'START' }]],
      [true, undefined],
    ])
    expect(named('agent').healthCheck).toMatchObject({ command: ['CMD', 'agent', 'health'] })
  })

  it('have an image, variables and a port of their own', () => {
    expect(named('prepare')).toMatchObject({
      image: expect.stringMatching(/\.repository_url\}:1\.4\.2$/),
      command: ['prepare'],
      portMappings: [],
    })
    expect(named('agent')).toMatchObject({
      image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/agent:7',
      environment: [{ name: 'LEVEL', value: 'info' }],
      secrets: [{ name: 'API_KEY', valueFrom: expect.stringContaining('secret:agent/key') }],
      portMappings: [{ containerPort: 8125, protocol: 'tcp' }],
      user: '65534:65534',
      readonlyRootFilesystem: true,
    })
    const resources = grantsOf(json, 'services/worker/task/worker-start').flatMap(
      ({ Resource }) => Resource,
    )
    for (const needed of [/secret:agent\/key-/, /parameter\/logs\/header$/, /repository\/agent$/]) {
      expect(resources).toContainEqual(expect.stringMatching(needed))
    }
  })

  it('route the log of the service', () => {
    expect(named('app').logConfiguration).toEqual({
      logDriver: 'awsfirelens',
      options: { Name: 'http', Host: 'logs.example.com' },
      secretOptions: [
        { name: 'Header', valueFrom: expect.stringContaining(':parameter/logs/header') },
      ],
    })
    expect(named('logs')).toMatchObject({
      firelensConfiguration: { type: 'fluentbit' },
      user: '0:0',
      readonlyRootFilesystem: true,
      logConfiguration: { logDriver: 'awslogs' },
    })
  })

  const router = { options: { Name: 'http' } }
  it.each<[string, unknown, RegExp]>([
    ['no object', 'agent', /service\.sidecars: must be an object of sidecars by name.*"agent"/],
    ['a sidecar that is no object', { a: 'agent' }, /must be an object of sidecars by name/],
    ['an order that is no object', { a: { image, startsAfter: 'app' } }, /objects as startsAfter/],
    ['a name in capitals', { Agent: { image } }, /names of at most 50 lower-case letters/],
    ['the name of the service', { app: { image } }, /not be named app/],
    ['a name of AWS', { 'aws-agent': { image } }, /not be named app/],
    [
      'too many',
      Object.fromEntries([...'abcdefghij'].map((name) => [name, { image, cpu: 2, memoryMiB: 6 }])),
      /at most 9/,
    ],
    ['all of the processor', { a: { image, cpu: 1024 } }, /less CPU units than the 1024.*use 1024/],
    [
      'all of the memory',
      { a: { image, memoryMiB: 1984 }, b: { image, memoryMiB: 64 } },
      /use 2048/,
    ],
    ['a part of a unit', { a: { image, cpu: 2.5 } }, /sidecars\.a\.cpu: must be a whole number/],
    ['a cpu as text', { a: { image, cpu: '64' } }, /sidecars\.a\.cpu: must be a whole number/],
    ['too little memory', { a: { image, memoryMiB: 5 } }, /a\.memoryMiB: must .* 6 or more/],
    ['no image', { a: {} }, /sidecars\.a\.image: must/],
    ['the example', { a: { image: 'example' } }, /a\.image: must be the image of a program/],
    ['the port of the service', { a: { image, port: 8080 } }, /port of their own.*8080, 8080/],
    ['one port twice', { a: { image, port: 81e2 }, b: { image, port: 81e2 } }, /port of their own/],
    ['a low port', { a: { image, port: 53 } }, /a\.port: must be a whole number from 1024/],
    [
      'the port of a log router',
      { a: { image, port: 24_224 }, b: { image, logRouter: router } },
      /port of their own/,
    ],
    [
      'two log routers',
      { a: { image, logRouter: router }, b: { image, logRouter: router } },
      /one log router at most/,
    ],
    ['a command as text', { a: { image, command: 'run' } }, /a\.command: must/],
    ['a health check as text', { a: { image, healthCheck: 'curl' } }, /a\.healthCheck: must/],
    [
      'a secret in a variable',
      { a: { image, environment: { PASSWORD: 'x'.repeat(20) } } },
      /a\.environment\.PASSWORD: must hold no secret/,
    ],
    ['essential as text', { a: { image, essential: 'no' } }, /a\.essential: must be true or false/],
    [
      'an essential one that ends',
      { a: { image, essential: true, appStartsAfter: 'succeeded' } },
      /a\.essential: must be false/,
    ],
    [
      'a log router that may end',
      { a: { image, essential: false, logRouter: router } },
      /must be true for a log router/,
    ],
    [
      'a log router that succeeds',
      { a: { image, appStartsAfter: 'succeeded', logRouter: router } },
      /a\.appStartsAfter: must be "started" or "healthy" for a log router/,
    ],
    ['an unknown state', { a: { image, appStartsAfter: 'ready' } }, /a\.appStartsAfter: must be/],
    ['no health check', { a: { image, appStartsAfter: 'healthy' } }, /without a healthCheck/],
    [
      'an unknown container',
      { a: { image, startsAfter: { b: 'started' } } },
      /a\.startsAfter: must name other containers of the task: app\b/,
    ],
    ['itself', { a: { image, startsAfter: { a: 'started' } } }, /must name other containers/],
    [
      'a healthy service, which has no check',
      { a: { image, startsAfter: { app: 'healthy' } } },
      /only where the other is a sidecar with a healthCheck/,
    ],
    ['an end of the service', { a: { image, startsAfter: { app: 'succeeded' } } }, /the task ends/],
    [
      'a circle',
      { a: { image, appStartsAfter: 'started', startsAfter: { app: 'started' } } },
      /in a circle: app waits for a waits for app/,
    ],
    [
      'an output without settings',
      { a: { image, logRouter: {} } },
      /logRouter\.options: must have/,
    ],
    [
      'an unknown router',
      { a: { image, logRouter: { ...router, type: 'vector' } } },
      /logRouter\.type: must be "fluentbit"/,
    ],
    [
      'a secret in the settings of an output',
      { a: { image, logRouter: { options: { Name: 'http', password: 'x'.repeat(20) } } } },
      /logRouter\.options: must hold no secret.*password.*got \["Name","password"\]/,
    ],
    [
      'a secret by no name',
      { a: { image, logRouter: { ...router, secretOptions: { Key: {} } } } },
      /logRouter\.secretOptions\.Key: must name a `secret`/,
    ],
    [
      'a folder in memory of a log router',
      {
        a: { image, logRouter: router, temporaryFolders: [{ path: '/buffer', memoryMiB: 16 }] },
      },
      /a\.temporaryFolders: must be on the disk for a log router/,
    ],
  ])('are refused with %s', (_, wrong, message) => {
    const check = (value: unknown) =>
      checkServices({ worker: { ...services.worker, sidecars: value } as ServiceDefinition })
    expect(() => check(sidecars)).not.toThrow()
    expect(() => check({})).not.toThrow()
    expect(() => check(wrong)).toThrow(message)
  })

  it('keep what looks like an expression of Terraform', () => {
    const text = ['echo', '${HOME} %{x}']
    const { worker } = services
    const { resource } = withServices({
      worker: {
        ...worker,
        sidecars: {
          a: { image, healthCheck: text, logRouter: { options: { Name: '${HOME}' } } },
        },
      } as ServiceDefinition,
    })
    const [{ container_definitions }] = Object.values(resource?.aws_ecs_task_definition ?? {}) as [
      Block,
    ]
    const [app, a] = JSON.parse(container_definitions)
    expect(app.logConfiguration.options).toEqual({ Name: '$${HOME}' })
    expect(a.healthCheck.command).toEqual(['CMD', 'echo', '$${HOME} %%{x}'])
  })

  it('of a scheduled task may have any port', () => {
    const withPort = { ...services.scheduler, sidecars: { a: { image, port: 8080 } } }
    expect(() => checkServices({ scheduler: withPort as ServiceDefinition })).not.toThrow()
  })
})
