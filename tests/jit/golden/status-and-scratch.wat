(module
 (type $0 (func (param i32 i64) (result i32)))
 (import "e" "m" (memory $mimport$0 1))
 (export "0" (func $0))
 (func $0 (param $0 i32) (param $1 i64) (result i32)
  (local $2 i32)
  (local $3 i32)
  (local $4 i32)
  (local $5 i32)
  (local $6 i32)
  (local $7 i32)
  (local $8 i32)
  (local $9 i32)
  (local $10 i64)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 i64)
  (local $15 f64)
  (local $16 f64)
  (local $17 i64)
  (local $18 i64)
  (local.set $2
   (i32.load offset=70412 align=1
    (i32.const 0)
   )
  )
  (local.set $3
   (i32.load offset=70416 align=1
    (i32.const 0)
   )
  )
  (local.set $4
   (i32.load offset=70492 align=1
    (i32.const 0)
   )
  )
  (local.set $17
   (i64.load offset=69672 align=1
    (i32.const 0)
   )
  )
  (local.set $18
   (i64.load offset=69712 align=1
    (i32.const 0)
   )
  )
  (block $block1
   (loop
    (block $block
     (br_table $block
      (local.get $0)
     )
    )
    (loop $label
     (block $block2
      (local.set $2
       (i32.sub
        (local.get $2)
        (i32.const 4)
       )
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.eqz
        (i32.load offset=70152 align=1
         (i32.const 0)
        )
       )
       (then
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const -4)
         )
        )
        (local.set $7
         (i32.const 1)
        )
        (local.set $10
         (i64.add
          (local.get $1)
          (i64.const 0)
         )
        )
        (br $block1)
       )
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.const 0)
       (then
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const -4)
         )
        )
        (local.set $7
         (i32.const 1)
        )
        (local.set $10
         (i64.add
          (local.get $1)
          (i64.const 0)
         )
        )
        (br $block1)
       )
      )
      (local.set $12
       (i64.or
        (i64.or
         (i64.and
          (i64.load offset=70160 align=1
           (i32.const 0)
          )
          (i64.const 786722)
         )
         (i64.shl
          (i64.load32_u offset=70348 align=1
           (i32.const 0)
          )
          (i64.const 13)
         )
        )
        (select
         (i64.const -9223372028264841216)
         (i64.const 8589934592)
         (i32.eq
          (i32.load offset=70348 align=1
           (i32.const 0)
          )
          (i32.const 3)
         )
        )
       )
      )
      (i64.store offset=70160 align=1
       (i32.const 0)
       (i64.and
        (i64.load offset=70160 align=1
         (i32.const 0)
        )
        (i64.const -3)
       )
      )
      (local.set $17
       (local.get $12)
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.eqz
        (i32.load offset=70152 align=1
         (i32.const 0)
        )
       )
       (then
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const -3)
         )
        )
        (local.set $7
         (i32.const 1)
        )
        (local.set $10
         (i64.add
          (local.get $1)
          (i64.const 4)
         )
        )
        (br $block1)
       )
      )
      (local.set $12
       (i64.load offset=70280 align=1
        (i32.const 0)
       )
      )
      (i64.store offset=70280 align=1
       (i32.const 0)
       (local.get $18)
      )
      (local.set $18
       (local.get $12)
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.eqz
        (i32.load offset=70152 align=1
         (i32.const 0)
        )
       )
       (then
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const -2)
         )
        )
        (local.set $7
         (i32.const 1)
        )
        (local.set $10
         (i64.add
          (local.get $1)
          (i64.const 8)
         )
        )
        (br $block1)
       )
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.or
        (i32.or
         (i32.eqz
          (i64.eqz
           (i64.and
            (local.get $17)
            (i64.const -262147)
           )
          )
         )
         (i32.ne
          (i32.load offset=70152 align=1
           (i32.const 0)
          )
          (i32.const 1)
         )
        )
        (i32.eqz
         (i32.load offset=70488 align=1
          (i32.const 0)
         )
        )
       )
       (then
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const -2)
         )
        )
        (local.set $7
         (i32.const 1)
        )
        (local.set $10
         (i64.add
          (local.get $1)
          (i64.const 8)
         )
        )
        (br $block1)
       )
      )
      (i64.store offset=70160 align=1
       (i32.const 0)
       (i64.or
        (i64.load offset=70160 align=1
         (i32.const 0)
        )
        (local.get $17)
       )
      )
      (local.set $3
       (i32.add
        (i32.mul
         (local.tee $6
          (i32.ne
           (i32.and
            (i32.load offset=70160 align=1
             (i32.const 0)
            )
            (i32.const 262144)
           )
           (i32.const 0)
          )
         )
         (i32.const 131072)
        )
        (i32.const 5373952)
       )
      )
      (local.set $4
       (i32.load offset=5779472 align=1
        (i32.mul
         (local.get $6)
         (i32.const 16)
        )
       )
      )
      (i32.store offset=70416 align=1
       (i32.const 0)
       (local.get $3)
      )
      (i32.store offset=70492 align=1
       (i32.const 0)
       (local.get $4)
      )
      (br $block2)
     )
     (local.set $2
      (i32.sub
       (local.get $2)
       (i32.const 4)
      )
     )
     (@metadata.code.branch_hint "\00")
     (if
      (i32.eqz
       (i32.load offset=70152 align=1
        (i32.const 0)
       )
      )
      (then
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const -4)
        )
       )
       (local.set $7
        (i32.const 1)
       )
       (local.set $10
        (i64.add
         (local.get $1)
         (i64.const 0)
        )
       )
       (br $block1)
      )
     )
     (@metadata.code.branch_hint "\00")
     (if
      (i32.const 0)
      (then
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const -4)
        )
       )
       (local.set $7
        (i32.const 1)
       )
       (local.set $10
        (i64.add
         (local.get $1)
         (i64.const 0)
        )
       )
       (br $block1)
      )
     )
     (local.set $12
      (i64.or
       (i64.or
        (i64.and
         (i64.load offset=70160 align=1
          (i32.const 0)
         )
         (i64.const 786722)
        )
        (i64.shl
         (i64.load32_u offset=70348 align=1
          (i32.const 0)
         )
         (i64.const 13)
        )
       )
       (select
        (i64.const -9223372028264841216)
        (i64.const 8589934592)
        (i32.eq
         (i32.load offset=70348 align=1
          (i32.const 0)
         )
         (i32.const 3)
        )
       )
      )
     )
     (i64.store offset=70160 align=1
      (i32.const 0)
      (i64.and
       (i64.load offset=70160 align=1
        (i32.const 0)
       )
       (i64.const -3)
      )
     )
     (local.set $17
      (local.get $12)
     )
     (@metadata.code.branch_hint "\00")
     (if
      (i32.eqz
       (i32.load offset=70152 align=1
        (i32.const 0)
       )
      )
      (then
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const -3)
        )
       )
       (local.set $7
        (i32.const 1)
       )
       (local.set $10
        (i64.add
         (local.get $1)
         (i64.const 4)
        )
       )
       (br $block1)
      )
     )
     (local.set $12
      (i64.load offset=70280 align=1
       (i32.const 0)
      )
     )
     (i64.store offset=70280 align=1
      (i32.const 0)
      (local.get $18)
     )
     (local.set $18
      (local.get $12)
     )
     (@metadata.code.branch_hint "\00")
     (if
      (i32.eqz
       (i32.load offset=70152 align=1
        (i32.const 0)
       )
      )
      (then
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const -2)
        )
       )
       (local.set $7
        (i32.const 1)
       )
       (local.set $10
        (i64.add
         (local.get $1)
         (i64.const 8)
        )
       )
       (br $block1)
      )
     )
     (@metadata.code.branch_hint "\00")
     (if
      (i32.or
       (i32.or
        (i32.eqz
         (i64.eqz
          (i64.and
           (local.get $17)
           (i64.const -262147)
          )
         )
        )
        (i32.ne
         (i32.load offset=70152 align=1
          (i32.const 0)
         )
         (i32.const 1)
        )
       )
       (i32.eqz
        (i32.load offset=70488 align=1
         (i32.const 0)
        )
       )
      )
      (then
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const -2)
        )
       )
       (local.set $7
        (i32.const 1)
       )
       (local.set $10
        (i64.add
         (local.get $1)
         (i64.const 8)
        )
       )
       (br $block1)
      )
     )
     (i64.store offset=70160 align=1
      (i32.const 0)
      (i64.or
       (i64.load offset=70160 align=1
        (i32.const 0)
       )
       (local.get $17)
      )
     )
     (local.set $3
      (i32.add
       (i32.mul
        (local.tee $6
         (i32.ne
          (i32.and
           (i32.load offset=70160 align=1
            (i32.const 0)
           )
           (i32.const 262144)
          )
          (i32.const 0)
         )
        )
        (i32.const 131072)
       )
       (i32.const 5373952)
      )
     )
     (local.set $4
      (i32.load offset=5779472 align=1
       (i32.mul
        (local.get $6)
        (i32.const 16)
       )
      )
     )
     (i32.store offset=70416 align=1
      (i32.const 0)
      (local.get $3)
     )
     (i32.store offset=70492 align=1
      (i32.const 0)
      (local.get $4)
     )
     (@metadata.code.branch_hint "\00")
     (if
      (i32.lt_s
       (local.get $2)
       (i32.const 8)
      )
      (then
       (local.set $10
        (i64.add
         (local.get $1)
         (i64.const 0)
        )
       )
       (br $block1)
      )
     )
     (local.set $0
      (i32.const 0)
     )
     (br $label)
    )
   )
  )
  (i64.store offset=69672 align=1
   (i32.const 0)
   (local.get $17)
  )
  (i64.store offset=69712 align=1
   (i32.const 0)
   (local.get $18)
  )
  (i32.store offset=70412 align=1
   (i32.const 0)
   (local.get $2)
  )
  (i64.store offset=70144 align=1
   (i32.const 0)
   (local.get $10)
  )
  (local.get $7)
 )
)
