/* SPDX-License-Identifier: BSD-3-Clause */
#include "stay.h"

#ifdef __linux__

#    include <dlfcn.h>
#    include <link.h>
#    include <stdbool.h>
#    include <stdint.h>

struct self {
    const char *name; /* as the loader knows it: "" is the program */
    bool is_program, stays;
};

static bool holds(const struct dl_phdr_info *info, uintptr_t address)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && address - info->dlpi_addr - part->p_vaddr < part->p_memsz)
            return true;
    }
    return false;
}

static bool marked_nodelete(const ElfW(Dyn) * dynamic)
{
    for (; dynamic->d_tag != DT_NULL; dynamic++)
        if (dynamic->d_tag == DT_FLAGS_1 && (dynamic->d_un.d_val & DF_1_NODELETE))
            return true;
    return false;
}

static int take_self(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    struct self *self = arg;
    if (!holds(info, (uintptr_t)&zm_stay))
        return 0;
    self->name = info->dlpi_name;
    self->is_program = !self->name || !*self->name;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        self->is_program |= part->p_type == PT_INTERP;
        if (part->p_type == PT_DYNAMIC)
            self->stays = marked_nodelete((const ElfW(Dyn) *)(info->dlpi_addr + part->p_vaddr));
    }
    return 1;
}

void zm_stay(void)
{
    struct self self = {.is_program = true};
    dl_iterate_phdr(take_self, &self);
    if (!self.is_program && !self.stays)
        dlopen(self.name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

#else

void zm_stay(void)
{
}

#endif
