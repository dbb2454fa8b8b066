/*
 * Copyright 2026 The Cordon authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance
 * with the License. You may obtain a copy of the License at https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is distributed
 * on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for
 * the specific language governing permissions and limitations under the License.
 */
package io.cordon.fault;

/**
 * The machine code for x86-64, one instruction a line: bytes in memory order, then the mnemonic.
 *
 * <p>Offsets into a guard entry are those of {@link GuardTable}, those into the argument of {@code transition} are
 * those of {@link GuardedRange}. {@code HandlerCodeTest} holds the mnemonics and the bytes together; the code itself
 * runs in every test of the library and, for aarch64, in the C harness under {@code src/test/c}.
 */
final class X86Code {
    /** Where the address of the guard table stands in {@link #HANDLER}, in bytes from its start. */
    static final int TABLE_ADDRESS_OFFSET = 2;

    static final String HANDLER = """
        ; (signal in arg 0, siginfo* in arg 1, ucontext* in arg 2): kernel-made media errors only, si_code 2..5
        handler:
            49 b8 00 00 00 00 00 00 00 00 ; movabs r8,TABLE
            8b 4e 08                      ; mov ecx,dword [rsi+0x8]
            83 e9 02                      ; sub ecx,0x2
            83 f9 03                      ; cmp ecx,0x3
            0f 87 cb 02 00 00             ; ja forward
            4c 8b 4e 10                   ; mov r9,qword [rsi+0x10]
            41 8b 48 08                   ; mov ecx,dword [r8+0x8]
            4d 8d 90 40 80 00 00          ; lea r10,[r8+0x8040]
        ; which entry of the guard table holds si_addr? Lock-free: start and length are checked again under the lock
        scan:
            85 c9                         ; test ecx,ecx
            0f 84 b4 02 00 00             ; je forward
            4c 89 c8                      ; mov rax,r9
            49 2b 02                      ; sub rax,qword [r10]
            49 3b 42 08                   ; cmp rax,qword [r10+0x8]
            72 08                         ; jb found
            49 83 c2 40                   ; add r10,0x40
            ff c9                         ; dec ecx
            eb e4                         ; jmp scan
        ; nobody touched it, si_code 5: in a foreign mapping that can wait for the touch, which faults by itself
        found:
            41 80 7a 2d 00                ; cmp byte [r10+0x2d],0x0
            74 07                         ; je keep
            83 7e 08 05                   ; cmp dword [rsi+0x8],0x5
            75 01                         ; jne keep
            c3                            ; ret
        ; keep what the handler before us must get
        keep:
            53                            ; push rbx
            55                            ; push rbp
            41 54                         ; push r12
            57                            ; push rdi
            56                            ; push rsi
            52                            ; push rdx
            41 50                         ; push r8
            4c 89 d5                      ; mov rbp,r10
            4d 89 cc                      ; mov r12,r9
        ; take the lock of the range: spin, then sleep 20 us; its holder never waits for us
        lock_range:
            b9 00 01 00 00                ; mov ecx,0x100
        try_lock:
            b8 01 00 00 00                ; mov eax,0x1
            87 45 28                      ; xchg dword [rbp+0x28],eax
            85 c0                         ; test eax,eax
            74 25                         ; je locked
        wait_for_lock:
            f3 90                         ; pause
            ff c9                         ; dec ecx
            74 08                         ; je sleep
            83 7d 28 00                   ; cmp dword [rbp+0x28],0x0
            75 f4                         ; jne wait_for_lock
            eb e6                         ; jmp try_lock
        ; nanosleep({0, 20000}, 0)
        sleep:
            68 20 4e 00 00                ; push 0x4e20
            6a 00                         ; push 0x0
            48 89 e7                      ; mov rdi,rsp
            31 f6                         ; xor esi,esi
            b8 23 00 00 00                ; mov eax,0x23
            0f 05                         ; syscall
            58                            ; pop rax
            58                            ; pop rax
            eb ca                         ; jmp lock_range
        ; still in the range? the page = (si_addr - start) >> shift << shift
        locked:
            4c 89 e3                      ; mov rbx,r12
            48 2b 5d 00                   ; sub rbx,qword [rbp+0x0]
            48 3b 5d 08                   ; cmp rbx,qword [rbp+0x8]
            0f 83 17 02 00 00             ; jae give_up
            8b 4d 2c                      ; mov ecx,dword [rbp+0x2c]
            48 d3 eb                      ; shr rbx,cl
            48 d3 e3                      ; shl rbx,cl
            48 89 da                      ; mov rdx,rbx
            48 c1 ea 0c                   ; shr rdx,0xc
            48 89 d7                      ; mov rdi,rdx
            48 c1 e7 04                   ; shl rdi,0x4
            48 03 7d 20                   ; add rdi,qword [rbp+0x20]
        ; a foreign mapping: has something else come in its place? ioctl(maps, PROCMAP_QUERY, query on the stack)
            80 7d 2d 00                   ; cmp byte [rbp+0x2d],0x0
            0f 84 c2 00 00 00             ; je known
            4c 8b 04 24                   ; mov r8,qword [rsp]
            45 8b 40 14                   ; mov r8d,dword [r8+0x14]
            41 83 f8 ff                   ; cmp r8d,0xffffffff
            0f 84 b0 00 00 00             ; je known
            49 89 f9                      ; mov r9,rdi
            49 89 d2                      ; mov r10,rdx
            48 83 ec 68                   ; sub rsp,0x68
            31 c0                         ; xor eax,eax
            48 89 44 24 08                ; mov qword [rsp+0x8],rax
            48 89 44 24 50                ; mov qword [rsp+0x50],rax
            48 89 44 24 58                ; mov qword [rsp+0x58],rax
            48 89 44 24 60                ; mov qword [rsp+0x60],rax
            4c 89 64 24 10                ; mov qword [rsp+0x10],r12
            b8 68 00 00 00                ; mov eax,0x68
            48 89 04 24                   ; mov qword [rsp],rax
            44 89 c7                      ; mov edi,r8d
            be 11 66 68 c0                ; mov esi,0xc0686611
            48 89 e2                      ; mov rdx,rsp
            b8 10 00 00 00                ; mov eax,0x10
            0f 05                         ; syscall
            4c 8b 5c 24 40                ; mov r11,qword [rsp+0x40]
            4c 8b 44 24 48                ; mov r8,qword [rsp+0x48]
            48 8b 54 24 38                ; mov rdx,qword [rsp+0x38]
            48 2b 54 24 18                ; sub rdx,qword [rsp+0x18]
            48 8b 75 18                   ; mov rsi,qword [rbp+0x18]
            48 83 c4 68                   ; add rsp,0x68
            4c 89 cf                      ; mov rdi,r9
            83 f8 fe                      ; cmp eax,0xfffffffe
            0f 84 68 01 00 00             ; je gone
            85 c0                         ; test eax,eax
            75 3e                         ; jne asked
        ; no file is mapped there: the quarantine page, by another thread's fault, or memory of somebody else
            4d 85 db                      ; test r11,r11
            75 1c                         ; jne compare
            48 83 3f ff                   ; cmp qword [rdi],0xffffffffffffffff
            0f 85 7a 01 00 00             ; jne stranger
            4c 8b 5c 24 10                ; mov r11,qword [rsp+0x10]
            41 83 7b 08 04                ; cmp dword [r11+0x8],0x4
            0f 82 45 01 00 00             ; jb gone
            eb 1d                         ; jmp asked
        ; the same inode, device and distance from address to offset in the file?
        compare:
            4c 3b 1e                      ; cmp r11,qword [rsi]
            0f 85 5f 01 00 00             ; jne stranger
            4c 3b 46 08                   ; cmp r8,qword [rsi+0x8]
            0f 85 55 01 00 00             ; jne stranger
            48 3b 56 10                   ; cmp rdx,qword [rsi+0x10]
            0f 85 4b 01 00 00             ; jne stranger
        asked:
            4c 89 d2                      ; mov rdx,r10
            8b 4d 2c                      ; mov ecx,dword [rbp+0x2c]
        known:
        ; a memory error, si_code 4 or 5: what was cached of the page is gone
            4c 8b 5c 24 10                ; mov r11,qword [rsp+0x10]
            41 83 7b 08 04                ; cmp dword [r11+0x8],0x4
            72 07                         ; jb take
            f0 48 0f ba 6f 08 3f          ; lock bts qword [rdi+0x8],0x3f
        take:
            48 c7 c0 ff ff ff ff          ; mov rax,0xffffffffffffffff
            48 87 07                      ; xchg qword [rdi],rax
            48 83 f8 ff                   ; cmp rax,0xffffffffffffffff
            74 2b                         ; je listed
            f0 48 ff 45 38                ; lock inc qword [rbp+0x38]
        ; put the page on the list of the range, unless it is on it still from an earlier failure
            4c 8b 47 08                   ; mov r8,qword [rdi+0x8]
            4f 8d 1c 00                   ; lea r11,[r8+r8*1]
            4d 85 db                      ; test r11,r11
            75 19                         ; jne listed
            48 8d 72 01                   ; lea rsi,[rdx+0x1]
            48 8b 45 30                   ; mov rax,qword [rbp+0x30]
        push_page:
            4e 8d 5c 00 01                ; lea r11,[rax+r8*1+0x1]
            4c 89 5f 08                   ; mov qword [rdi+0x8],r11
            f0 48 0f b1 75 30             ; lock cmpxchg qword [rbp+0x30],rsi
            75 ef                         ; jne push_page
        ; refuse every line of the page, leave its scar and that of the page before ...
        listed:
            48 8b 75 10                   ; mov rsi,qword [rbp+0x10]
            41 89 d3                      ; mov r11d,edx
            48 c1 e2 03                   ; shl rdx,0x3
            48 8b 7d 18                   ; mov rdi,qword [rbp+0x18]
            48 29 d7                      ; sub rdi,rdx
            83 e9 0c                      ; sub ecx,0xc
            b8 01 00 00 00                ; mov eax,0x1
            d3 e0                         ; shl eax,cl
        mark:
            48 83 ef 08                   ; sub rdi,0x8
            48 c7 07 ff ff ff ff          ; mov qword [rdi],0xffffffffffffffff
            44 89 da                      ; mov edx,r11d
            81 e2 ff 07 00 00             ; and edx,0x7ff
            66 c7 84 16 3f f4 ff ff ff ff ; mov word [rsi+rdx*1-0xbc1],0xffff
            41 ff c3                      ; inc r11d
            ff c8                         ; dec eax
            75 db                         ; jne mark
            48 8b 7d 10                   ; mov rdi,qword [rbp+0x10]
            f0 48 83 07 08                ; lock add qword [rdi],0x8
            f0 48 83 0f 01                ; lock or qword [rdi],0x1
            b8 ba 00 00 00                ; mov eax,0xba
            0f 05                         ; syscall
            89 c1                         ; mov ecx,eax
            81 e1 ff 03 00 00             ; and ecx,0x3ff
            c1 e1 05                      ; shl ecx,0x5
            48 03 0c 24                   ; add rcx,qword [rsp]
            48 89 41 40                   ; mov qword [rcx+0x40],rax
            4c 89 61 48                   ; mov qword [rcx+0x48],r12
            48 8b 07                      ; mov rax,qword [rdi]
            48 89 41 50                   ; mov qword [rcx+0x50],rax
        ; put a private zero page in the place of the failed one
        withdraw:
            48 89 df                      ; mov rdi,rbx
            48 03 7d 00                   ; add rdi,qword [rbp+0x0]
            8b 4d 2c                      ; mov ecx,dword [rbp+0x2c]
            be 01 00 00 00                ; mov esi,0x1
            48 d3 e6                      ; shl rsi,cl
            ba 03 00 00 00                ; mov edx,0x3
            41 ba 32 40 00 00             ; mov r10d,0x4032
            49 c7 c0 ff ff ff ff          ; mov r8,0xffffffffffffffff
            45 31 c9                      ; xor r9d,r9d
            b8 09 00 00 00                ; mov eax,0x9
            0f 05                         ; syscall
            c7 45 28 00 00 00 00          ; mov dword [rbp+0x28],0x0
            48 3d 00 f0 ff ff             ; cmp rax,0xfffffffffffff000
            77 4d                         ; ja restore_registers
            4c 8b 04 24                   ; mov r8,qword [rsp]
            41 8b 78 10                   ; mov edi,dword [r8+0x10]
            49 8d 70 18                   ; lea rsi,[r8+0x18]
            ba 08 00 00 00                ; mov edx,0x8
            b8 01 00 00 00                ; mov eax,0x1
            0f 05                         ; syscall
            48 83 c4 20                   ; add rsp,0x20
            41 5c                         ; pop r12
            5d                            ; pop rbp
            5b                            ; pop rbx
            c3                            ; ret
        ; the access runs again: it meets the quarantine page, or what is no media error
        gone:
            c7 45 28 00 00 00 00          ; mov dword [rbp+0x28],0x0
            48 83 c4 20                   ; add rsp,0x20
            41 5c                         ; pop r12
            5d                            ; pop rbp
            5b                            ; pop rbx
            c3                            ; ret
        ; the range was withdrawn while we waited: has another one taken its place?
        give_up:
            c7 45 28 00 00 00 00          ; mov dword [rbp+0x28],0x0
            41 58                         ; pop r8
            5a                            ; pop rdx
            5e                            ; pop rsi
            5f                            ; pop rdi
            41 5c                         ; pop r12
            5d                            ; pop rbp
            5b                            ; pop rbx
            e9 2c fd ff ff                ; jmp handler
        ; another file's mapping is there
        stranger:
            c7 45 28 00 00 00 00          ; mov dword [rbp+0x28],0x0
        restore_registers:
            41 58                         ; pop r8
            5a                            ; pop rdx
            5e                            ; pop rsi
            5f                            ; pop rdi
            41 5c                         ; pop r12
            5d                            ; pop rbp
            5b                            ; pop rbx
        ; not ours: the handler that was there before, with its arguments as they came
        forward:
            49 8b 00                      ; mov rax,qword [r8]
            48 83 f8 01                   ; cmp rax,0x1
            76 02                         ; jbe default_action
            ff e0                         ; jmp rax
        ; there was none: sigaction(SIGBUS, SIG_DFL); the access runs again and ends the process
        default_action:
            48 83 ec 28                   ; sub rsp,0x28
            31 c0                         ; xor eax,eax
            48 89 04 24                   ; mov qword [rsp],rax
            48 89 44 24 08                ; mov qword [rsp+0x8],rax
            48 89 44 24 10                ; mov qword [rsp+0x10],rax
            48 89 44 24 18                ; mov qword [rsp+0x18],rax
            bf 07 00 00 00                ; mov edi,0x7
            48 89 e6                      ; mov rsi,rsp
            31 d2                         ; xor edx,edx
            41 ba 08 00 00 00             ; mov r10d,0x8
            b8 0d 00 00 00                ; mov eax,0xd
            0f 05                         ; syscall
            48 83 c4 28                   ; add rsp,0x28
            c3                            ; ret
        """;

    static final String TRANSITION = """
        ; (struct* in arg 0): block SIGBUS, so that no handler on this thread waits for our own lock
        transition:
            53                            ; push rbx
            55                            ; push rbp
            41 54                         ; push r12
            48 83 ec 10                   ; sub rsp,0x10
            48 89 fb                      ; mov rbx,rdi
            48 8b 2b                      ; mov rbp,qword [rbx]
            48 c7 04 24 40 00 00 00       ; mov qword [rsp],0x40
            31 ff                         ; xor edi,edi
            48 89 e6                      ; mov rsi,rsp
            48 8d 54 24 08                ; lea rdx,[rsp+0x8]
            41 ba 08 00 00 00             ; mov r10d,0x8
            b8 0e 00 00 00                ; mov eax,0xe
            0f 05                         ; syscall
        ; take the lock of the range: spin, then sleep 20 us; its holder never waits for us
        lock_range:
            b9 00 01 00 00                ; mov ecx,0x100
        try_lock:
            b8 01 00 00 00                ; mov eax,0x1
            87 45 28                      ; xchg dword [rbp+0x28],eax
            85 c0                         ; test eax,eax
            74 25                         ; je locked
        wait_for_lock:
            f3 90                         ; pause
            ff c9                         ; dec ecx
            74 08                         ; je sleep
            83 7d 28 00                   ; cmp dword [rbp+0x28],0x0
            75 f4                         ; jne wait_for_lock
            eb e6                         ; jmp try_lock
        ; nanosleep({0, 20000}, 0)
        sleep:
            68 20 4e 00 00                ; push 0x4e20
            6a 00                         ; push 0x0
            48 89 e7                      ; mov rdi,rsp
            31 f6                         ; xor esi,esi
            b8 23 00 00 00                ; mov eax,0x23
            0f 05                         ; syscall
            58                            ; pop rax
            58                            ; pop rax
            eb ca                         ; jmp lock_range
        ; 1 = the page is not in the state that the caller saw; -errno = mmap refused; 0 = done
        locked:
            41 bc 01 00 00 00             ; mov r12d,0x1
            48 8b 53 08                   ; mov rdx,qword [rbx+0x8]
            48 8b 02                      ; mov rax,qword [rdx]
            31 c9                         ; xor ecx,ecx
            48 83 f8 ff                   ; cmp rax,0xffffffffffffffff
            0f 94 c1                      ; sete cl
            48 3b 4b 10                   ; cmp rcx,qword [rbx+0x10]
            75 7d                         ; jne unlock
            48 8b 73 30                   ; mov rsi,qword [rbx+0x30]
            48 85 f6                      ; test rsi,rsi
            74 31                         ; je mapped
            48 8b 7b 28                   ; mov rdi,qword [rbx+0x28]
            48 8b 53 38                   ; mov rdx,qword [rbx+0x38]
            4c 8b 53 40                   ; mov r10,qword [rbx+0x40]
            4c 8b 43 48                   ; mov r8,qword [rbx+0x48]
            4c 8b 4b 50                   ; mov r9,qword [rbx+0x50]
            b8 09 00 00 00                ; mov eax,0x9
            0f 05                         ; syscall
            49 89 c4                      ; mov r12,rax
            48 3d 00 f0 ff ff             ; cmp rax,0xfffffffffffff000
            77 4e                         ; ja unlock
        ; what comes back is the medium's content: no memory error is held against it
            48 8b 53 08                   ; mov rdx,qword [rbx+0x8]
            f0 48 0f ba 72 08 3f          ; lock btr qword [rdx+0x8],0x3f
        ; raise the epoch, note it in the page record ...
        mapped:
            48 8b 55 10                   ; mov rdx,qword [rbp+0x10]
            b8 08 00 00 00                ; mov eax,0x8
            f0 48 0f c1 02                ; lock xadd qword [rdx],rax
            48 83 c0 08                   ; add rax,0x8
            48 8b 53 08                   ; mov rdx,qword [rbx+0x8]
            48 89 02                      ; mov qword [rdx],rax
            48 8b 7b 18                   ; mov rdi,qword [rbx+0x18]
            8b 4b 20                      ; mov ecx,dword [rbx+0x20]
            31 d2                         ; xor edx,edx
        ; ... then publish the lines that stay refused
        publish:
            48 8b 44 d3 58                ; mov rax,qword [rbx+rdx*8+0x58]
            48 89 07                      ; mov qword [rdi],rax
            48 83 ef 08                   ; sub rdi,0x8
            ff c2                         ; inc edx
            39 ca                         ; cmp edx,ecx
            72 ee                         ; jb publish
            45 31 e4                      ; xor r12d,r12d
            48 83 7b 10 00                ; cmp qword [rbx+0x10],0x0
            74 05                         ; je unlock
            f0 48 ff 4d 38                ; lock dec qword [rbp+0x38]
        ; release the lock, restore the signal mask, return the result
        unlock:
            c7 45 28 00 00 00 00          ; mov dword [rbp+0x28],0x0
            bf 02 00 00 00                ; mov edi,0x2
            48 8d 74 24 08                ; lea rsi,[rsp+0x8]
            31 d2                         ; xor edx,edx
            41 ba 08 00 00 00             ; mov r10d,0x8
            b8 0e 00 00 00                ; mov eax,0xe
            0f 05                         ; syscall
            4c 89 e0                      ; mov rax,r12
            48 83 c4 10                   ; add rsp,0x10
            41 5c                         ; pop r12
            5d                            ; pop rbp
            5b                            ; pop rbx
            c3                            ; ret
        """;

    private X86Code() {
    }
}
