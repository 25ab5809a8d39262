import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { newPairRecord, type PairRecord } from '@tideway/failover-lambda/pair-record'
import type { BlueGreenDefinition } from '../src/definition'
import { appSpec } from '../src/delivery/app-spec'
import { appSpecCommand } from '../src/delivery/main'
import { services } from '../src/services'

const calm: PairRecord = newPairRecord('tideway-dev-compute', 'tideway-dev-api')
const propertiesFor = (record: PairRecord | undefined) =>
  appSpec({
    taskDefinitionArn: 'arn:aws:ecs:eu-central-1:123456789012:task-definition/tideway-dev-api:7',
    definition: services.api as BlueGreenDefinition,
    record,
  }).Resources[0]?.TargetService.Properties

describe('the AppSpec', () => {
  it('names the task, and the container that gets the traffic', () => {
    expect(propertiesFor(calm)).toMatchObject({
      TaskDefinition: 'arn:aws:ecs:eu-central-1:123456789012:task-definition/tideway-dev-api:7',
      LoadBalancerInfo: { ContainerName: 'app', ContainerPort: 8080 },
    })
  })

  it.each([
    ['the table has no record of the service', undefined],
    ['Spot was never short', calm],
  ])('carries the strategy of the service while %s', (_, record) => {
    expect(propertiesFor(record)?.CapacityProviderStrategy).toEqual([
      { CapacityProvider: 'FARGATE', Base: 1, Weight: 1 },
      { CapacityProvider: 'FARGATE_SPOT', Base: 0, Weight: 3 },
    ])
  })

  it.each<[string, PairRecord]>([
    ['evidence of a shortage is stored', { ...calm, memory: { standbys: {}, spotShortAt: 1 } }],
    [
      'a standby covers the service',
      { ...calm, alerts: { active: { covering: { beganAt: 1, version: 1 } }, pending: [] } },
    ],
  ])('is on demand while Spot is short: %s', (_, record) => {
    expect(propertiesFor(record)?.CapacityProviderStrategy).toEqual([
      { CapacityProvider: 'FARGATE', Base: 1, Weight: 1 },
    ])
  })
})

describe('npm run appspec', () => {
  const run = (...words: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'src/delivery/main.ts', ...words], {
      cwd: join(__dirname, '..'),
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        // No server listens on this port, so AWS calls fail immediately.
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
        AWS_ACCESS_KEY_ID: 'none',
        AWS_SECRET_ACCESS_KEY: 'none',
        AWS_MAX_ATTEMPTS: '1',
      },
    })
  const revision = 'arn:aws:ecs:us-east-1:123456789012:task-definition/tideway-dev-api:7'

  it.each<[string, string[], RegExp]>([
    ['no service', [], /service: must be one that CodeDeploy releases \(api\); got ""/],
    ['one that ECS releases', ['worker'], /got "worker"/],
    ['no revision', ['api', '-c', 'dev'], /--task-definition: must be the ARN/],
    ['no environment', ['api', '--task-definition', revision], /environment/],
    ['an unknown option', ['api', '--tag', 'x'], /--tag/],
  ])('rejects %s', async (_, words, message) => {
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true)
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
    const status = await appSpecCommand(words)
    const [printed, problems] = [stdout, stderr].map(({ mock }) => mock.calls.join(''))
    stdout.mockRestore()
    stderr.mockRestore()
    expect(problems).toMatch(message)
    expect([status, printed]).toEqual([1, ''])
  })

  it('fails if the table cannot be read', () => {
    const { status, stderr, stdout } = run('api', '-c', 'dev', '--task-definition', revision)
    expect(stderr).toMatch(
      /cannot read the table tideway-dev-failover, which records whether Spot is short/,
    )
    expect([status, stdout]).toEqual([1, ''])
  })
})
