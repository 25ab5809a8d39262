import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { unzipSync } from 'fflate'
import type { Settings } from '../src/settings'

const here = resolve(__dirname, '..')

/** The zip as its own script makes it, from a copy of the source that stands in another folder and time zone. */
export function builtIn(folder: string, timeZone: string): Buffer {
  const copy = join(folder, 'packages/failover-lambda')
  for (const part of ['src', 'build.cjs', 'package.json']) {
    cpSync(join(here, part), join(copy, part), { recursive: true })
  }
  symlinkSync(resolve(here, '../../node_modules'), join(folder, 'node_modules'))
  const { status, stderr } = spawnSync(process.execPath, ['build.cjs'], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, TZ: timeZone },
  })
  if (status !== 0) throw new Error(stderr)
  return readFileSync(join(copy, 'dist/failover.zip'))
}

export function unpack(zip: Uint8Array, folder: string): void {
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    writeFileSync(join(folder, name), bytes)
  }
}

/** All that the zip is told of where it runs. */
export function environmentOf({ tableName, queueUrl, topicArn, clusters }: Settings, url: string) {
  return {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'simulated',
    AWS_SECRET_ACCESS_KEY: 'simulated',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    TABLE_NAME: tableName,
    // SQS is called at the host of its queue, whatever the endpoint is said to be.
    QUEUE_URL: new URL(new URL(queueUrl).pathname, url).href,
    TOPIC_ARN: topicArn,
    CLUSTERS: clusters.join(' '),
  }
}

/** What EventBridge tells of a task that found no place on Spot, for a process that has the real time. */
export function placementFailure(arn: string): string {
  return JSON.stringify({
    'detail-type': 'ECS Service Action',
    time: new Date().toISOString(),
    resources: [arn],
    detail: { eventName: 'SERVICE_TASK_PLACEMENT_FAILURE', capacityProviderArns: [] },
  })
}
