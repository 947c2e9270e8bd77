// The accounts that the suites use. They are rows of the database, because no account can be created through the API.

/** All have the administrator's password. */
export const memberNames = ['demo', 'alt_demo', 'third_demo', 'fourth_demo'];
export const memberRoles = ['member', 'reader'];

/** Each is a member of a project of the same name. */
export async function addMembers({ prisma }) {
  const { passwordHash } = await prisma.user.findUniqueOrThrow({ where: { name: 'admin' } });
  await prisma.user.createMany({
    data: memberNames.map((name) => ({ id: `user-${name}`, name, passwordHash })),
  });
  await prisma.project.createMany({
    data: memberNames.map((name) => ({ id: `project-${name}`, name })),
  });
  await prisma.roleAssignment.createMany({
    data: memberNames.flatMap((name) =>
      memberRoles.map((role) => ({ userId: `user-${name}`, projectId: `project-${name}`, role })),
    ),
  });
}
