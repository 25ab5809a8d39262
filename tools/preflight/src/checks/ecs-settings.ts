import { paginateListAccountSettings } from '@aws-sdk/client-ecs'
import { allOf, type Check, notChecked, ok, once, wrong } from '../check'
import type { Context } from '../context'
import type { InstanceTypes } from './instances'

/** Without the long formats, ECS refuses tags. */
const longArns = ['containerInstanceLongArnFormat', 'serviceLongArnFormat', 'taskLongArnFormat']

export function ecsSettingChecks(
  { aws, environment, needs }: Context,
  types: InstanceTypes,
): Check[] {
  const { account, region } = environment
  const settings = once(async () => {
    const pages = paginateListAccountSettings(
      { client: aws.ecs },
      // The default of the account, which applies to each of its roles.
      { effectiveSettings: true, principalArn: `arn:aws:iam::${account}:root` },
    )
    return allOf(pages, (page) => page.settings)
  })
  const check = (
    name: string,
    reason: () => Promise<{ breaks: string; details?: readonly string[] } | undefined>,
  ): Check => ({
    area: 'ECS settings',
    subject: name,
    source: 'aws',
    run: async () => {
      const needed = await reason()
      if (needed === undefined) return ok('not needed: instances have an interface for each task')
      const value = (await settings()).find((setting) => setting.name === name)?.value
      if (value === undefined) return notChecked(`ECS returned no value of ${name}`)
      if (value === 'enabled' || value === 'on') return ok(value)
      return wrong(`${name} is ${value}`, {
        ...needed,
        fix: `aws ecs put-account-setting-default --region ${region} --name ${name} --value enabled`,
      })
    },
  })
  return [
    ...longArns.map((name) =>
      check(name, async () => ({
        breaks: 'ECS refuses the tags of services, tasks and instances, so no service deploys',
      })),
    ),
    check('awsvpcTrunking', async () => {
      const limited: string[] = []
      const sizes = await types()
      for (const group of needs.groups) {
        for (const { family, vcpus, memoryMiB } of group.tasks) {
          for (const type of group.types) {
            const size = sizes.get(type)
            if (size === undefined) continue
            const room = Math.floor(Math.min(size.vcpus / vcpus, size.memoryMiB / memoryMiB))
            // One interface is the instance's own.
            const tasks = size.interfaces - 1
            if (room > tasks) limited.push(`${type}: room for ${room} ${family}, runs ${tasks}`)
          }
        }
      }
      if (limited.length === 0) return undefined
      return {
        breaks: 'instances run fewer tasks than they have room for, and you pay for the rest',
        details: [...new Set(limited)],
      }
    }),
  ]
}
