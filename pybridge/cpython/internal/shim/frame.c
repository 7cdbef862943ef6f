//go:build cgo && (linux || darwin) && (amd64 || arm64)

#include "internal.h"

#include <stdlib.h>

spk_frame *spk_frame_new(void) { return calloc(1, sizeof(spk_frame)); }

void spk_frame_free(spk_frame *f)
{
    spk_buffer_free(&f->in);
    spk_buffer_free(&f->body);
    spk_buffer_free(&f->meta);
    free(f);
}

void spk_frame_reset(spk_frame *f, size_t keep)
{
    spk_buffer_reset(&f->in, keep);
    spk_buffer_reset(&f->body, keep);
    spk_buffer_reset(&f->meta, keep);
    f->program = NULL;
    f->outcome = f->status = f->streams = 0;
    f->wake = f->measure = f->lasting = false;
    f->request_id_len = 0;
    f->ticket = 0;
}
