import { serviceLinkedRoles } from '@tideway/bootstrap/service-linked-role-names'
import { formInput, queryRequest } from '../gateway/aws-request'
import { isSuccess, queryResponse, replaceText, xmlError } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'

const names: Readonly<Record<string, string>> = Object.assign(
  {},
  ...Object.values(serviceLinkedRoles),
)

/** IAM. moto has no service-linked roles. Remove it when moto creates and deletes them. */
export function iam(): MotoPatch {
  return {
    service: 'iam',
    async handle(request, backend) {
      const input = formInput(request)
      switch (request.operation) {
        case 'CreateServiceLinkedRole': {
          const service = input.get('AWSServiceName') ?? ''
          const RoleName = names[service]
          if (RoleName === undefined) {
            return xmlError('InvalidInput', `The emulator has no service-linked role of ${service}`)
          }
          const response = await backend(
            queryRequest(request, 'CreateRole', {
              RoleName,
              Path: `/aws-service-role/${service}/`,
              AssumeRolePolicyDocument: trustPolicy(service),
              Description: input.get('Description') ?? '',
              ...tagsIn(input),
            }),
          )
          return isSuccess(response)
            ? replaceText(response, (body) =>
                body.replaceAll('CreateRoleRe', 'CreateServiceLinkedRoleRe'),
              )
            : xmlError(
                'InvalidInput',
                `Service role name ${RoleName} has been taken in this account, please try a different suffix.`,
              )
        }
        case 'DeleteServiceLinkedRole': {
          const RoleName = input.get('RoleName') ?? ''
          const response = await backend(queryRequest(request, 'DeleteRole', { RoleName }))
          return isSuccess(response)
            ? queryResponse(request, { DeletionTaskId: `task/${RoleName}` })
            : response
        }
        case 'GetServiceLinkedRoleDeletionStatus':
          return queryResponse(request, { Status: 'SUCCEEDED' })
        default:
          return backend(request)
      }
    },
  }
}

function trustPolicy(Service: string): string {
  const Statement = [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }]
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

function tagsIn(input: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...input].filter(([name]) => name.startsWith('Tags.')))
}
