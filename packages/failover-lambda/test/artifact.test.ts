import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { none } from '@tideway/spot-simulator'
import { unzipSync } from 'fflate'
import { serve } from './serve'
import { World } from './world'

const here = resolve(__dirname, '..')
const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function folder(name: string): string {
  folders.push(mkdtempSync(join(tmpdir(), `tideway-${name}-`)))
  return folders.at(-1) as string
}

/** Built from a copy of the source that stands somewhere else. */
function builtIn(place: string, timeZone: string): Buffer {
  const copy = join(place, 'packages/failover-lambda')
  for (const part of ['src', 'build.cjs', 'package.json']) {
    cpSync(join(here, part), join(copy, part), { recursive: true })
  }
  symlinkSync(resolve(here, '../../node_modules'), join(place, 'node_modules'))
  const env = { ...process.env, TZ: timeZone }
  const { status, stderr } = spawnSync(process.execPath, ['build.cjs'], {
    cwd: copy,
    encoding: 'utf8',
    env,
  })
  if (status !== 0) throw new Error(stderr)
  return readFileSync(join(copy, 'dist/failover.zip'))
}

describe('the zip', () => {
  const zip = builtIn(folder('one'), 'UTC')

  it('is the same bytes from two places and in two time zones', () => {
    const other = builtIn(folder('another-with-a-longer-name'), 'Asia/Tokyo')
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    expect(digest(other)).toBe(digest(zip))
  })

  it('is under 300 KB, and one file', () => {
    expect(zip.length).toBeLessThan(300_000)
    expect(Object.keys(unzipSync(zip))).toEqual(['index.mjs'])
  })

  it('covers a drought as it would in AWS: by its environment and AWS_ENDPOINT_URL alone', async () => {
    const world = new World({ fargateSpot: none(), events: { losses: 1 } })
    world.aws.createService({
      name: 'api-standby',
      desiredCount: 0,
      strategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
      taskDefinition: 'api:1',
      startsSteady: true,
      tags: { 'tideway:standby-of': 'api' },
    })
    world.aws.createService({
      name: 'api',
      desiredCount: 3,
      tags: { 'tideway:standbys': 'api-standby' },
    })
    // The sweep's own function stays out of it: less than a minute passes.
    await world.aws.run(50)
    const { url, server } = await serve(world.aws.endpoint)
    const place = folder('unzipped')
    for (const [name, bytes] of Object.entries(unzipSync(zip)))
      writeFileSync(join(place, name), bytes)
    // The process has the real time, so the event has it as well.
    const failure = {
      'detail-type': 'ECS Service Action',
      time: new Date().toISOString(),
      resources: [world.aws.service('api').arn],
      detail: { eventName: 'SERVICE_TASK_PLACEMENT_FAILURE', capacityProviderArns: [] },
    }
    const event = { Records: [{ messageId: '1', body: JSON.stringify(failure) }] }
    const program = `import('./index.mjs').then(({ reconcile }) => reconcile(${JSON.stringify(event)})).then((answer) => console.log(JSON.stringify(answer)))`
    const child = spawn(process.execPath, ['-e', program], {
      cwd: place,
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL: url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'simulated',
        AWS_SECRET_ACCESS_KEY: 'simulated',
        TABLE_NAME: world.settings.tableName,
        QUEUE_URL: world.settings.queueUrl,
        TOPIC_ARN: world.settings.topicArn,
        CLUSTERS: 'main',
      },
    })
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
    })
    child.stderr.on('data', (text) => {
      output += text
    })
    await new Promise((done) => child.on('close', done))
    server.close()
    expect(output).toContain('{"batchItemFailures":[]}')
    expect(world.aws.service('api-standby').desiredCount).toBe(3)
  })
})
